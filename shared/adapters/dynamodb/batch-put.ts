import { setTimeout as sleep } from 'node:timers/promises';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../../domain/faults.ts';
import { attempt, type Table } from './dynamodb.ts';

/** Pauses after consecutive answers without progress; an answer with progress is followed at once. */
const PAUSES_MS = [25, 50, 100, 200];

type Item = Readonly<Record<string, unknown>>;

/**
 * Writes at most `TABLE.batchPuts` items in one batch. Items that DynamoDB left unprocessed are sent again,
 * without those it took.
 *
 * @throws Unavailable when items stay unprocessed after four retries in a row without progress
 */
export async function batchPut(table: Table, items: readonly Item[]): Promise<void> {
  let open = items;
  for (let stalled = 0; open.length > 0; ) {
    const left = await putOnce(table, open);
    stalled = left.length < open.length ? 0 : stalled + 1;
    open = left;
    if (stalled > PAUSES_MS.length) throw new Unavailable(`${left.length} items were not written`);
    if (stalled > 0) await sleep(PAUSES_MS[stalled - 1]);
  }
}

/** Returns the items that were left unprocessed. */
async function putOnce({ client, name }: Table, items: readonly Item[]): Promise<Item[]> {
  const requests = items.map((item) => ({ PutRequest: { Item: { ...item } } }));
  const command = new BatchWriteCommand({ RequestItems: { [name]: requests } });
  const { UnprocessedItems } = await attempt(() => client.send(command));
  return (UnprocessedItems?.[name] ?? []).flatMap(({ PutRequest }) => PutRequest?.Item ?? []);
}
