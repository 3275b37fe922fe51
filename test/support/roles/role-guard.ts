import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../../infra/local/assembly/physical-names.ts';
import { type Assembly, ofType } from '../../../infra/local/assembly/read-assembly.ts';
import { serveLocally } from '../local-server.ts';
import { type AskedAction, askedActions } from './asked-actions.ts';
import { grantsOf } from './grants.ts';

export interface RoleGuard {
  readonly url: string;
  /** Rejected requests, such as `HttpQuota… dynamodb:PutItem of KEY#… on arn:…`. */
  readonly denied: readonly string[];
  /** Every action that was requested, in order. */
  readonly asked: readonly (Pick<AskedAction, 'action' | 'leadingKeys'> & { readonly functionId: string })[];
  stop(): Promise<void>;
}

/** A table that the stack does not declare is in its account and region. */
const adoptedArn = (tableName: string) =>
  `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${tableName}`;

/**
 * A proxy for DynamoDB Local, which enforces no roles: it rejects what the role of the calling function does
 * not allow, as AWS does. In the local stack every function signs with its logical id.
 */
export async function startRoleGuard(upstream: string, assembly: Assembly): Promise<RoleGuard> {
  const { hostname, port } = new URL(upstream);
  const agent = new Agent({ keepAlive: true });
  const allows = grantsOf(assembly);
  const tables = new Map(ofType(assembly, 'AWS::DynamoDB::Table').map(({ ref, arn }) => [ref, arn]));
  const denied: string[] = [];
  const asked: RoleGuard['asked'][number][] = [];

  /** The first action of a request that is not allowed. */
  const refuse = (functionId: string, operation: string, body: Buffer) =>
    askedActions(operation, JSON.parse(body.toString())).find((one) => {
      const { tableName, indexName, leadingKeys } = one;
      const tableArn = tables.get(tableName) ?? adoptedArn(tableName);
      const resourceArn = `${tableArn}${indexName ? `/index/${indexName}` : ''}`;
      const action = `dynamodb:${one.action}`;
      asked.push({ functionId, action: one.action, leadingKeys });
      if (allows(functionId, { action, resourceArn, leadingKeys })) return false;
      denied.push(`${functionId} ${action} of ${leadingKeys.join()} on ${resourceArn}`);
      return true;
    });

  const { url, stop } = await serveLocally(async (incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const body = await buffer(incoming);
    const functionId = /Credential=([^/]+)\//.exec(String(headers.authorization))?.[1] ?? '';
    const operation = String(headers['x-amz-target']).split('.').at(-1) ?? '';
    if (refuse(functionId, operation, body)) {
      const __type = 'com.amazon.coral.service#AccessDeniedException';
      outgoing.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(JSON.stringify({ __type, Message: denied.at(-1) }));
      return;
    }
    const onward = request({ hostname, port, agent, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    onward.end(body);
  });
  return {
    url,
    denied,
    asked,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}
