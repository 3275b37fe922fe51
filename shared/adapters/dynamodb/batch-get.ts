import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { Unavailable } from '../../domain/faults.ts';
import { attempt, type Table } from './dynamodb.ts';
import type { ItemKey } from './keys.ts';

/** Maximum keys per DynamoDB request. */
const BATCH_SIZE = 100;
/** Pauses after consecutive answers without progress; an answer with progress is followed at once. */
const PAUSES_MS = [25, 50, 100, 200];

export interface BatchGetOptions {
  /** Strongly consistent reads, at twice the read units. @default false */
  readonly consistent?: boolean;
  /** Attributes to return. @default all */
  readonly projection?: string;
}

/**
 * The items that exist at the keys, in any order. DynamoDB returns at most 16 MB, and less under pressure;
 * the keys it left unprocessed are requested again, so that an item absent from the result does not exist.
 *
 * @throws Unavailable when keys stay unprocessed after four retries in a row without progress
 */
export async function batchGet(
  table: Table,
  keys: readonly ItemKey[],
  options: BatchGetOptions = {},
): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for (let from = 0; from < keys.length; from += BATCH_SIZE) {
    let open: Record<string, unknown>[] = keys.slice(from, from + BATCH_SIZE).map((key) => ({ ...key }));
    for (let stalled = 0; open.length > 0; ) {
      const { items, left } = await requestOnce(table, open, options);
      found.push(...items);
      stalled = left.length < open.length ? 0 : stalled + 1;
      open = left;
      if (stalled > PAUSES_MS.length) throw new Unavailable(`${left.length} items were not read`);
      if (stalled > 0) await sleep(PAUSES_MS[stalled - 1]);
    }
  }
  return found;
}

async function requestOnce(
  { client, name }: Table,
  Keys: Record<string, unknown>[],
  { consistent = false, projection }: BatchGetOptions,
) {
  const request = {
    Keys,
    ConsistentRead: consistent,
    ...(projection && { ProjectionExpression: projection }),
  };
  const command = new BatchGetCommand({ RequestItems: { [name]: request } });
  const { Responses, UnprocessedKeys } = await attempt(() => client.send(command));
  return { items: Responses?.[name] ?? [], left: UnprocessedKeys?.[name]?.Keys ?? [] };
}
