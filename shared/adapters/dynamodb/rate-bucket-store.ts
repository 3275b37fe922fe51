import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  isFull,
  latestFull,
  type RateLimit,
  type TokenGrant,
  takeTokens,
  tokenInterval,
} from '../../domain/rate-limit.ts';
import { attempt, type Table } from './dynamodb.ts';
import { rateBucketKey } from './keys.ts';

/** A request for tokens at `now` (epoch ms). */
export interface TokenRequest {
  /** 1 or more; fewer may be granted. */
  readonly wanted: number;
  /** The bucket's state at an earlier grant; 0 without one. A bucket's state never decreases. */
  readonly fullAt: number;
  readonly now: number;
}

/** Shorter than the time in which tokens may be used (`LEASE_MS`). */
const TIMEOUT_MS = 300;
/** A refused write returns the bucket's state, so that only a race needs a third one. */
const MAX_WRITES = 4;
/** A bucket that is full again equals none. */
const LIFETIME_SECONDS = 24 * 3_600;

/** The buckets of rate-limited API keys, shared by all environments. `fullAt` as in `takeTokens`. */
export class RateBucketStore {
  readonly #table: Table;
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a write may take */
  constructor(table: Table, timeoutMs = TIMEOUT_MS) {
    this.#table = table;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Takes tokens as `takeTokens` does: usually one conditional write. Concurrent takes never get the same
   * token: a bucket in use is moved by addition, and of those that find it full, one replaces it.
   *
   * @throws Fault when the table does not answer in time; the tokens may be lost then
   */
  async take(keyId: string, limit: RateLimit, { wanted, fullAt, now }: TokenRequest): Promise<TokenGrant> {
    let known = fullAt;
    for (let writes = 0; writes < MAX_WRITES; writes += 1) {
      const grant = takeTokens(known, limit, wanted, now);
      if (grant.code === 'empty') return grant;
      const stored = await this.#move(keyId, limit, {
        tokens: grant.tokens,
        wasFull: isFull(known, now),
        now,
      });
      if (stored.code === 'moved') return { ...grant, fullAt: stored.fullAt };
      known = stored.fullAt;
    }
    return { code: 'empty', fullAt: known, retryAt: now + Math.ceil(tokenInterval(limit) / 1_000) };
  }

  /** Moves a bucket if it is still full, or in use with enough tokens, and otherwise returns its state. */
  async #move(
    keyId: string,
    limit: RateLimit,
    { tokens, wasFull, now }: { tokens: number; wasFull: boolean; now: number },
  ): Promise<{ readonly code: 'moved' | 'refused'; readonly fullAt: number }> {
    const taken = tokens * tokenInterval(limit);
    const start = now * 1_000;
    const command = new UpdateCommand({
      TableName: this.#table.name,
      Key: rateBucketKey(keyId),
      UpdateExpression: `SET fullAt = ${wasFull ? ':start' : 'fullAt'} + :taken, #ttl = :ttl`,
      ConditionExpression: wasFull
        ? 'attribute_not_exists(pk) OR fullAt < :start'
        : 'fullAt BETWEEN :start AND :latest',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':start': start,
        ':taken': taken,
        ...(!wasFull && { ':latest': latestFull(limit, now) - taken }),
        ':ttl': Math.ceil(latestFull(limit, now) / 1e6) + LIFETIME_SECONDS,
      },
      ReturnValues: 'UPDATED_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      const abortSignal = AbortSignal.timeout(this.#timeoutMs);
      const { Attributes } = await attempt(() => this.#table.client.send(command, { abortSignal }));
      return { code: 'moved', fullAt: Number(Attributes?.fullAt) };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const { fullAt = 0 } = error.Item ? unmarshall(error.Item) : {};
      return { code: 'refused', fullAt: Number(fullAt) };
    }
  }
}
