import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import type { Client } from './quota-client.ts';
import { PLANS } from './quota-machine.ts';

/** Read, compare, write, with no condition: what the checker has to find fault with. Knows aiRequests alone. */
export function naiveClient(table: Table, userId: string): Client {
  const Key = { pk: `NAIVE#${userId}`, sk: 'BALANCE' };
  const limit = PLANS.free.aiRequest;
  const read = async () => {
    const get = new GetCommand({ TableName: table.name, Key, ConsistentRead: true });
    return Number((await table.client.send(get)).Item?.used ?? 0);
  };
  const seen = (used: number) => ({ figures: { aiRequest: { limit, used, held: 0 } } });
  const send: Client = async (operation) => {
    const used = await read();
    if (operation.verb !== 'consume') return { code: 'read', ...seen(used) };
    const next = used + (operation.amounts.aiRequest ?? 0);
    if (next > limit) return { code: 'denied', ...seen(used) };
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...Key, used: next } }));
    return { code: 'changed', isOwnImage: true, ...seen(next) };
  };
  // A table that does not answer in time is no fault of what is compared.
  return (operation) =>
    send(operation).catch(() => ({ code: operation.verb === 'consume' ? 'unknown' : 'refused' }));
}
