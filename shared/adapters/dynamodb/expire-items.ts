import { setTimeout as sleep } from 'node:timers/promises';
import { BatchExecuteStatementCommand } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../../contract.ts';
import { Unavailable } from '../../domain/faults.ts';
import { attempt, type Table } from './dynamodb.ts';
import type { ItemKey } from './keys.ts';

/** Pauses after consecutive answers without progress; an answer with progress is followed at once. */
const PAUSES_MS = [25, 50, 100, 200];

/** An item to expire. */
export interface Expiring {
  readonly key: ItemKey;
  /** Only while its attribute `version` has this value. */
  readonly version?: number | undefined;
}

/**
 * Lets DynamoDB delete at most `TABLE.batchPuts` items from `expireAt` (epoch ms) on. Items that do not
 * exist, or have another version, stay as they are. Idempotent. One write unit an item; the deletion costs
 * none.
 *
 * @throws Unavailable when items stay unchanged after four retries in a row without progress
 */
export async function expireItems(table: Table, items: readonly Expiring[], expireAt: number): Promise<void> {
  let open = items;
  for (let stalled = 0; open.length > 0; ) {
    const left = await expireOnce(table, open, expireAt);
    stalled = left.length < open.length ? 0 : stalled + 1;
    open = left;
    if (stalled > PAUSES_MS.length) throw new Unavailable(`${left.length} items were not changed`);
    if (stalled > 0) await sleep(PAUSES_MS[stalled - 1]);
  }
}

/** In PartiQL: other batches take no conditions and no updates. Returns the items that are to be retried. */
async function expireOnce(table: Table, items: readonly Expiring[], expireAt: number): Promise<Expiring[]> {
  const Statements = items.map(({ key, version }) => ({
    Statement: `UPDATE "${table.name}" SET "${TABLE.ttl}" = ? WHERE pk = ? AND sk = ?${version === undefined ? '' : ' AND "version" = ?'}`,
    Parameters: [Math.ceil(expireAt / 1_000), key.pk, key.sk, ...(version === undefined ? [] : [version])],
  }));
  const command = new BatchExecuteStatementCommand({ Statements });
  const { Responses = [] } = await attempt(() => table.client.send(command));
  // The answers have the order of the statements.
  return items.filter((_, index) => {
    const answer = Responses[index];
    return !answer || (answer.Error && answer.Error.Code !== 'ConditionalCheckFailed');
  });
}
