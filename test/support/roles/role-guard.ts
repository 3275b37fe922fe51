import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type Assembly, ofType } from '../../../infra/local/assembly/read-assembly.ts';
import { serveLocally } from '../local-server.ts';
import { askedActions } from './asked-actions.ts';
import { grantsOf } from './grants.ts';

export interface RoleGuard {
  readonly url: string;
  /** The refused requests, such as `Consume… dynamodb:Scan on arn:…`. */
  readonly denied: readonly string[];
  /** Requested actions, by the function's logical id. */
  readonly asked: ReadonlyMap<string, ReadonlySet<string>>;
  stop(): Promise<void>;
}

/**
 * In front of DynamoDB Local, which has no access control, it refuses requests that the calling function's
 * role does not allow, as AWS does. In the local stack every function signs with its logical id.
 */
export async function startRoleGuard(upstream: string, assembly: Assembly): Promise<RoleGuard> {
  const { hostname, port } = new URL(upstream);
  const agent = new Agent({ keepAlive: true });
  const allows = grantsOf(assembly);
  const tables = new Map(ofType(assembly, 'AWS::DynamoDB::Table').map(({ ref, arn }) => [ref, arn]));
  const denied: string[] = [];
  const asked = new Map<string, Set<string>>();

  /** The refused actions of a request. */
  const refuse = (functionId: string, operation: string, body: Buffer) => {
    const actions = asked.get(functionId) ?? new Set();
    asked.set(functionId, actions);
    return askedActions(operation, JSON.parse(body.toString())).find(({ action, tableName, indexName }) => {
      const arn = `${tables.get(tableName) ?? tableName}${indexName ? `/index/${indexName}` : ''}`;
      actions.add(action);
      if (allows(functionId, `dynamodb:${action}`, arn)) return false;
      denied.push(`${functionId} dynamodb:${action} on ${arn}`);
      return true;
    });
  };

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
