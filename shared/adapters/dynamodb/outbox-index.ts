import { INDEX } from '../../contract.ts';
import { dueShard } from './account-codec.ts';
import { type DuePosition, queryShard } from './due-index.ts';
import type { Table } from './dynamodb.ts';
import { type ItemKey, unpublishedEventKey } from './keys.ts';

/** How long a sender holds its claim on a pending notification. */
const CLAIM_MS = 10_000;

const { partitionKey: SHARD, sortKey: CLAIMED_UNTIL } = INDEX.due;

/**
 * The attributes that keep an item in the index until it is published: its shard, and when the claim expires
 * (epoch ms).
 */
export function outboxMark(
  id: string,
  now: number,
): { [INDEX.due.partitionKey]: number; [INDEX.due.sortKey]: number } {
  return { [SHARD]: INDEX.due.shards + dueShard(id), [CLAIMED_UNTIL]: now + CLAIM_MS };
}

/**
 * Keys of stored events, and of alerts with pending notifications. `next` is where the following page begins;
 * absent on the last.
 */
export interface OutboxPage {
  readonly events: readonly ItemKey[];
  readonly alerts: readonly ItemKey[];
  readonly next: DuePosition | undefined;
}

/** Unpublished events and notifications, by shard: after the accounts' shards in the index *due*. */
export class OutboxIndex {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** The keys of what may be published at `now` (epoch ms), the oldest first, at most `limit`. */
  async untold(shard: number, now: number, limit: number, after?: DuePosition): Promise<OutboxPage> {
    const own = { shard: INDEX.due.shards + shard, until: now, limit, after };
    const { keys, next } = await queryShard(this.#table, own);
    const isEvent = ({ sk }: ItemKey) => sk === unpublishedEventKey('').sk;
    const alerts = keys.filter((key) => !isEvent(key));
    return { events: keys.filter(isEvent), alerts, next };
  }
}
