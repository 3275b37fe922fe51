/** Requests that an API key may send: each second in the long run, and at once after a pause. */
export interface RateLimit {
  readonly requestsPerSecond: number;
  /** At least 1. */
  readonly burst: number;
}

/** Tokens taken from a bucket: one for each request that may be sent. `fullAt` is the bucket's new state. */
export type TokenGrant =
  | { readonly code: 'granted'; readonly tokens: number; readonly fullAt: number }
  /** The bucket is empty until `retryAt` (epoch ms), when it has one token. */
  | { readonly code: 'empty'; readonly fullAt: number; readonly retryAt: number };

/** Microseconds in a millisecond. */
const MICROS = 1_000;

/**
 * Takes up to `wanted` tokens from a bucket at `now` (epoch ms).
 *
 * The state of a bucket is one number: the instant at which it is full (epoch microseconds; in the past: it
 * is full). A token moves it into the future by its interval, a whole number of microseconds, rounded up so
 * that the rate is never exceeded. Sums of integers are exact: takes by clocks that differ by at most `d` ms
 * grant at most `requestsPerSecond * (t + d) / 1000 + burst` tokens within any `t` ms.
 *
 * Source: the generic cell rate algorithm, ITU-T I.371, where `fullAt` is the theoretical arrival time.
 */
export function takeTokens(fullAt: number, limit: RateLimit, wanted: number, now: number): TokenGrant {
  const interval = tokenInterval(limit);
  const from = Math.max(fullAt, now * MICROS);
  const latest = latestFull(limit, now);
  const tokens = Math.min(wanted, Math.floor((latest - from) / interval));
  if (tokens >= 1) return { code: 'granted', tokens, fullAt: from + tokens * interval };
  return { code: 'empty', fullAt, retryAt: now + Math.ceil((from + interval - latest) / MICROS) };
}

/** Microseconds in which one token arrives. */
export function tokenInterval({ requestsPerSecond }: RateLimit): number {
  return Math.ceil((MICROS * 1_000) / requestsPerSecond);
}

/** The state of an empty bucket at `now` (epoch ms): none may be later. */
export function latestFull(limit: RateLimit, now: number): number {
  return now * MICROS + limit.burst * tokenInterval(limit);
}

/** Whether the bucket is full at `now` (epoch ms). */
export function isFull(fullAt: number, now: number): boolean {
  return fullAt < now * MICROS;
}
