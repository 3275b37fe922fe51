import type { RateLimit, TokenGrant } from '../../domain/rate-limit.ts';

/**
 * Tokens are used within this time, or forfeited: an environment that is frozen with tokens must not send
 * them beside those that arrived since.
 */
export const LEASE_MS = 500;
/** Requests of this time are leased at once. */
const AHEAD_MS = 250;
/**
 * Pause after the bucket was found empty; it doubles each time, up to the longest. The bucket has room for
 * the tokens of a second, so that none are lost meanwhile.
 */
const PAUSE_MS = { first: 100, longest: 800 } as const;
/** After a fault the environment limits by itself for this time. */
const ALONE_MS = 1_000;

/** Whether a request is within its key's limit; `retryAt`: when the next one may be (epoch ms). */
export type RateOutcome =
  | { readonly code: 'admitted' }
  | { readonly code: 'rate_limited'; readonly retryAt: number };

/**
 * The tokens of one API key that this environment has taken from the shared bucket. It takes as many at once
 * as it is expected to need soon, so that a busy environment rarely asks; an idle one takes one.
 */
export class KeyLease {
  #tokens = 0;
  #expiresAt = 0;
  /** Before this, the bucket is not asked. */
  #retryAt = 0;
  #askedAt = 0;
  /** Since it asked last, rejected ones included. */
  #requests = 0;
  #wanted = 1;
  #pauseMs: number = PAUSE_MS.first;
  #fullAt = 0;

  /** The bucket's last known state; another environment may have changed it. */
  get fullAt(): number {
    return this.#fullAt;
  }

  /** Decides a request from memory at `now` (epoch ms); `unknown`: the shared bucket has to be asked. */
  use(now: number): RateOutcome | { readonly code: 'unknown' } {
    this.#requests += 1;
    if (this.#tokens >= 1 && now < this.#expiresAt) {
      this.#tokens -= 1;
      return { code: 'admitted' };
    }
    return now < this.#retryAt ? { code: 'rate_limited', retryAt: this.#retryAt } : { code: 'unknown' };
  }

  /** The number of tokens to ask for at `now`: at most twice as many as before. */
  ask(now: number): number {
    const elapsedMs = Math.max(1, now - this.#askedAt);
    const expected = Math.floor((this.#requests * AHEAD_MS) / elapsedMs);
    this.#wanted = Math.max(1, Math.min(expected, 2 * this.#wanted));
    this.#askedAt = now;
    this.#requests = 0;
    return this.#wanted;
  }

  /** Receives the bucket's answer for the request that asked at `askedAt`. */
  receive(grant: TokenGrant, askedAt: number): RateOutcome {
    this.#fullAt = grant.fullAt;
    if (grant.code === 'empty') {
      this.#retryAt = Math.max(grant.retryAt, askedAt + this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, PAUSE_MS.longest);
      return { code: 'rate_limited', retryAt: this.#retryAt };
    }
    this.#pauseMs = PAUSE_MS.first;
    const expiresAt = askedAt + LEASE_MS;
    const isEmpty = this.#tokens < 1 || askedAt >= this.#expiresAt;
    this.#tokens = (isEmpty ? 0 : this.#tokens) + grant.tokens - 1;
    this.#expiresAt = isEmpty ? expiresAt : Math.min(this.#expiresAt, expiresAt);
    return { code: 'admitted' };
  }

  /** Admits the whole rate by itself for a second, after the bucket did not answer at `askedAt`. */
  goAlone({ requestsPerSecond }: RateLimit, askedAt: number): RateOutcome {
    this.#tokens = requestsPerSecond - 1;
    this.#expiresAt = askedAt + ALONE_MS;
    this.#retryAt = this.#expiresAt;
    return { code: 'admitted' };
  }
}
