import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { batchGet } from './batch-get.ts';
import { attempt, type Table, unlessRefused } from './dynamodb.ts';
import { type ItemKey, stripeEventKey, stripeSyncKey } from './keys.ts';

/**
 * `claimed`: the caller handles it now. `done`: it was handled. `busy`: another caller handles it, or died.
 */
export type ClaimResult = 'claimed' | 'done' | 'busy';

/** The progress of the sync with Stripe. Instants are epoch ms. */
export interface SyncCursor {
  /** +1 with every save. */
  readonly version: number;
  /** Every event created before it was handled. */
  readonly eventsBefore: number;
  /** When the last complete walk began. */
  readonly walkedAt: number;
  /** A walk in progress: when it began, the last subscription read, and whether any failed so far. */
  readonly walk?: { readonly startedAt: number; readonly after?: string; readonly failed?: boolean };
}

/**
 * A claim without a result by then counts as abandoned. Longer than the function may run, and short compared
 * with Stripe's first retry.
 */
export const CLAIM_LEASE_MS = 30_000;
/** Stripe retries an event for three days, and lists it for thirty. */
const CLAIM_LIFETIME_SECONDS = 40 * 24 * 3_600;

/** The claims of Stripe's events, and the cursor of the sync. */
export class StripeEventStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Claims an event for `holder`, for the lease. */
  async claim(eventId: string, holder: string, now: number): Promise<ClaimResult> {
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...item(eventId, 'claimed', now), holder, claimedUntil: now + CLAIM_LEASE_MS },
      ConditionExpression: 'attribute_not_exists(pk) OR (#state = :claimed AND claimedUntil <= :now)',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':claimed': 'claimed', ':now': now },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await attempt(() => this.#table.client.send(command));
      return 'claimed';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item?.state?.S === 'done' ? 'done' : 'busy';
    }
  }

  /** Marks an event as handled, by any caller. */
  async finish(eventId: string, now: number): Promise<void> {
    const command = new PutCommand({ TableName: this.#table.name, Item: item(eventId, 'done', now) });
    await attempt(() => this.#table.client.send(command));
  }

  /** Releases a claim, so that the next delivery can have it at once. */
  async release(eventId: string, holder: string): Promise<void> {
    const command = new DeleteCommand({
      TableName: this.#table.name,
      Key: stripeEventKey(eventId),
      ConditionExpression: '#state = :claimed AND holder = :holder',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':claimed': 'claimed', ':holder': holder },
    });
    await unlessRefused(() => this.#table.client.send(command));
  }

  /** The events among these that are done. */
  async done(eventIds: readonly string[]): Promise<Set<string>> {
    const ids = new Map(eventIds.map((id) => [stripeEventKey(id).pk, id]));
    const items = await batchGet(this.#table, eventIds.map(stripeEventKey), { consistent: true });
    const found = items.filter(({ state }) => state === 'done');
    return new Set(found.map(({ pk }) => ids.get(String(pk)) ?? ''));
  }

  async cursor(): Promise<SyncCursor | undefined> {
    const Key: ItemKey = stripeSyncKey();
    const command = new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item?.cursor as SyncCursor | undefined; // written by `saveCursor` alone
  }

  /** Saves a cursor made from the version before its own; `false` when another run of the sync came first. */
  async saveCursor(cursor: SyncCursor): Promise<boolean> {
    const isFirst = cursor.version === 1;
    const command = new PutCommand({
      TableName: this.#table.name,
      Item: { ...stripeSyncKey(), version: cursor.version, cursor },
      ConditionExpression: isFirst ? 'attribute_not_exists(pk)' : 'version = :read',
      ...(!isFirst && { ExpressionAttributeValues: { ':read': cursor.version - 1 } }),
    });
    return unlessRefused(() => this.#table.client.send(command));
  }
}

function item(eventId: string, state: 'claimed' | 'done', now: number) {
  return { ...stripeEventKey(eventId), state, ttl: Math.floor(now / 1_000) + CLAIM_LIFETIME_SECONDS };
}
