import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import { SCOPES, type Scope } from '../../shared/contract.ts';
import { type FuzzKeys, HttpTarget } from './http-target.ts';
import { type FuzzRoutes, routesOf } from './routes.ts';

/**
 * A local stack over HTTP, with a key for every kind of caller, and the routes as it tells them.
 *
 * @param running one to use, which then goes on running
 */
export async function openHttpTarget(
  running?: LocalStack,
): Promise<{ target: HttpTarget; routes: FuzzRoutes }> {
  const stack = running ?? (await startLocalStack({ report: console.log }));
  const client = new DynamoDBClient({
    endpoint: stack.dynamodbEndpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const documents = DynamoDBDocumentClient.from(client);
  const target = new HttpTarget(stack, await makeKeys(stack), documents);
  const stopTarget = target.stop.bind(target);
  const stop = async () => {
    await stopTarget();
    client.destroy();
    if (!running) await stack.stop();
  };
  const document = await (await fetch(`${stack.url}/openapi.json`)).json();
  return { target: Object.assign(target, { stop }), routes: routesOf(Object(document)) };
}

async function makeKeys({ url, adminKey }: LocalStack): Promise<FuzzKeys> {
  const make = async (scopes: readonly Scope[], more: object = {}) => {
    const response = await fetch(`${url}/v1/admin/api-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'fuzz', scopes, ...more }),
    });
    return String(Object(await response.json()).key);
  };
  const only = await Promise.all(SCOPES.map(async (scope) => [scope, await make([scope])]));
  return {
    everything: await make(SCOPES),
    bound: await make(SCOPES, { userId: 'somebody-else' }),
    only: Object.fromEntries(only),
  };
}
