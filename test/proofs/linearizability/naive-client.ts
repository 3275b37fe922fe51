import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import type { Client } from './quota-client.ts';
import { PLANS } from './quota-machine.ts';

/** Read, compare, write, without a condition: the checker must reject it. Supports aiRequests alone. */
export function naiveClient(table: Table, userId: string): Client {
  const Key = { pk: `NAIVE#${userId}`, sk: 'BALANCE' };
  const limit = PLANS.free.aiRequest;
  const read = async () => {
    const get = new GetCommand({ TableName: table.name, Key, ConsistentRead: true });
    return Number((await table.client.send(get)).Item?.used ?? 0);
  };
  const observed = (used: number) => ({ figures: { aiRequest: { limit, used, held: 0 } } });
  const send: Client = async (operation) => {
    const used = await read();
    if (operation.verb !== 'consume') return { code: 'read', ...observed(used) };
    const next = used + (operation.amounts.aiRequest ?? 0);
    if (next > limit) return { code: 'denied', ...observed(used) };
    await table.client.send(new PutCommand({ TableName: table.name, Item: { ...Key, used: next } }));
    return { code: 'changed', isOwnImage: true, ...observed(next) };
  };
  // A timeout of the table is no fault of the comparison.
  return (operation) =>
    send(operation).catch(() => ({ code: operation.verb === 'consume' ? 'unknown' : 'refused' }));
}
