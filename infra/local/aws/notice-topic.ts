import { randomUUID } from 'node:crypto';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { RestService } from './aws-endpoint.ts';
import type { CapturedMessages } from './captured-messages.ts';

/** SNS limits: bytes of a message, entries of a batch. */
const MAX_BYTES = 262_144;
const MAX_ENTRIES = 10;

interface Entry {
  readonly id: string;
  readonly subject: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * SNS' Publish and PublishBatch in the AWS query protocol, for the topics of the template. Captures notices
 * and delivers them nowhere: subscriptions belong to the product.
 *
 * https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
 */
export function noticeService(assembly: Assembly, messages: Pick<CapturedMessages, 'add'>): RestService {
  const topics = ofType(assembly, 'AWS::SNS::Topic').flatMap(({ ref, arn }) => [ref, arn]);
  return async ({ method, headers, body }) => {
    if (method !== 'POST' || !/\/sns\/aws4_request/.test(String(headers.authorization))) return undefined;
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    if (action !== 'Publish' && action !== 'PublishBatch') return undefined;
    if (!topics.includes(form.get('TopicArn') ?? ''))
      return errorResponse('NotFound', 'Topic does not exist');
    const entries = action === 'Publish' ? [entryOf(form, '')] : batchOf(form);
    const invalid = invalidParameter(entries, body);
    if (invalid) return errorResponse('InvalidParameter', invalid);
    for (const { subject, text, attributes } of entries) {
      messages.add('notice', subject, { text, ...attributes, ...detailOf(attributes) });
    }
    return { statusCode: 200, body: response(action, entries), contentType: 'text/xml' };
  };
}

/** Prefixes of list members in the query protocol. */
function batchOf(form: URLSearchParams): Entry[] {
  const prefix = 'PublishBatchRequestEntries.member.';
  const entries: Entry[] = [];
  while (form.has(`${prefix}${entries.length + 1}.Id`)) {
    entries.push(entryOf(form, `${prefix}${entries.length + 1}.`));
  }
  return entries;
}

function entryOf(form: URLSearchParams, prefix: string): Entry {
  const attributes: Record<string, string> = {};
  for (let index = 1; form.has(`${prefix}MessageAttributes.entry.${index}.Name`); index += 1) {
    const entry = `${prefix}MessageAttributes.entry.${index}`;
    attributes[form.get(`${entry}.Name`) ?? ''] = form.get(`${entry}.Value.StringValue`) ?? '';
  }
  const field = (name: string) => form.get(prefix + name) ?? '';
  return { id: field('Id'), subject: field('Subject'), text: field('Message'), attributes };
}

function invalidParameter(entries: readonly Entry[], body: string): string | undefined {
  if (entries.length === 0 || entries.length > MAX_ENTRIES) return 'a batch has 1 to 10 entries';
  if (new Set(entries.map(({ id }) => id)).size < entries.length) return 'two entries have the same Id';
  if (entries.some(({ text }) => text === '')) return 'Empty message';
  if (entries.some(({ subject }) => !/^[!-~][ -~]{0,99}$/.test(subject))) return 'Invalid parameter: Subject';
  return body.length > MAX_BYTES ? 'Message too long' : undefined;
}

function detailOf({ detail }: Readonly<Record<string, string>>): { detail?: unknown } {
  return detail === undefined ? {} : { detail: JSON.parse(detail) };
}

function response(action: string, entries: readonly Entry[]): string {
  const ids = entries.map(({ id }) => `${id && `<Id>${id}</Id>`}<MessageId>${randomUUID()}</MessageId>`);
  const result =
    action === 'Publish'
      ? ids.join('')
      : `<Successful>${ids.map((one) => `<member>${one}</member>`).join('')}</Successful><Failed/>`;
  return `<${action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><${action}Result>${result}</${action}Result></${action}Response>`;
}

function errorResponse(code: string, message: string) {
  const body = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return { statusCode: code === 'NotFound' ? 404 : 400, body, contentType: 'text/xml' };
}
