import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type LocalStack, startLocalStack } from '../../../infra/local/local-stack.ts';
import { SCOPES, type Scope } from '../../../shared/contract.ts';
import { type FuzzKeys, HttpTarget } from './http-target.ts';
import { type FuzzRoutes, routesOf } from './routes.ts';

interface MadeKey {
  readonly key: string;
  readonly keyId: string;
}

export interface OpenHttpTarget {
  readonly target: HttpTarget;
  readonly routes: FuzzRoutes;
  readonly keys: FuzzKeys;
  makeKey(scopes: readonly Scope[], more?: object): Promise<MadeKey>;
}

/**
 * A local stack over HTTP, with a key for every kind of caller, and the routes of its document.
 *
 * @param running an existing stack, which keeps running afterwards
 */
export async function openHttpTarget(running?: LocalStack): Promise<OpenHttpTarget> {
  const stack = running ?? (await startLocalStack({ report: console.log }));
  const client = new DynamoDBClient({
    endpoint: stack.dynamodbEndpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const makeKey = keyMaker(stack);
  const keys = await makeKeys(makeKey);
  const target = new HttpTarget(stack, keys, DynamoDBDocumentClient.from(client));
  const stopTarget = target.stop.bind(target);
  const stop = async () => {
    await stopTarget();
    client.destroy();
    if (!running) await stack.stop();
  };
  const document = await (await fetch(`${stack.url}/openapi.json`)).json();
  return { target: Object.assign(target, { stop }), routes: routesOf(Object(document)), keys, makeKey };
}

function keyMaker({ url, adminKey }: LocalStack): OpenHttpTarget['makeKey'] {
  return async (scopes, more = {}) => {
    const response = await fetch(`${url}/v1/admin/api-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'fuzz', scopes, ...more }),
    });
    return Object(await response.json());
  };
}

async function makeKeys(makeKey: OpenHttpTarget['makeKey']): Promise<FuzzKeys> {
  const only = await Promise.all(SCOPES.map(async (scope) => [scope, (await makeKey([scope])).key]));
  return {
    everything: (await makeKey(SCOPES)).key,
    bound: (await makeKey(SCOPES, { userId: 'somebody-else' })).key,
    only: Object.fromEntries(only),
  };
}
