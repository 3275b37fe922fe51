import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { invalidRequest, type Problem } from './problems.ts';
import { type JsonError, readJson } from './strict-json.ts';

const MAX_BYTES = 64 * 1024;

export type BodyDecoding =
  | { readonly value: unknown; readonly errors: readonly JsonError[] }
  | { readonly problem: Problem };

/** Reads a JSON body of at most 64 KB. API Gateway hands it over as text or, by its media type, in base64. */
export function decodeBody(
  event: Pick<APIGatewayProxyEventV2, 'body' | 'headers' | 'isBase64Encoded'>,
): BodyDecoding {
  const { body = '', headers, isBase64Encoded } = event;
  const contentType = headers['content-type'];
  if (body === '' && contentType === undefined) return missing();
  if (!isJson(contentType)) return unsupported(contentType);

  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BYTES) {
    const message = `has ${bytes.length} bytes; at most ${MAX_BYTES} are accepted`;
    const errors = [{ path: 'body', message, code: 'too_big' }];
    return { problem: { code: 'body_too_large', detail: `The body ${message}.`, errors } };
  }
  if (bytes.length === 0) return missing();
  return decodeJson(bytes);
}

/** `application/json`, whose encoding is UTF-8 (RFC 8259 §8.1); a `charset` parameter is allowed. */
function isJson(contentType = ''): boolean {
  return /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i.test(contentType.trim());
}

function decodeJson(bytes: Uint8Array): BodyDecoding {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return broken('The body is not UTF-8 text.', 'must be encoded in UTF-8');
  }
  const reading = readJson(text);
  if (reading.code === 'read') return reading;
  const { position, expected } = reading;
  const before = text.slice(0, position).split('\n');
  const where = `position ${position} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
  return broken(
    `The body is not valid JSON: ${expected} was expected at ${where}.`,
    `${expected} expected at ${where}`,
  );
}

function broken(detail: string, message: string): BodyDecoding {
  return {
    problem: { code: 'invalid_json', detail, errors: [{ path: 'body', message, code: 'invalid_json' }] },
  };
}

function missing(): BodyDecoding {
  return {
    problem: invalidRequest([{ path: 'body', message: 'is required: a JSON object', code: 'missing' }]),
  };
}

function unsupported(contentType: string | undefined): BodyDecoding {
  const message = 'must be application/json';
  return {
    problem: {
      code: 'unsupported_media_type',
      detail: `Content-Type ${message}${contentType === undefined ? '; the header is missing' : ''}.`,
      errors: [{ path: 'Content-Type', message, code: 'invalid_value' }],
    },
  };
}
