/**
 * Rate limiter: `perSecond` calls a second, and a burst after a pause; no second has more than both together.
 * The burst is small, since a burst of a whole second would double the rate in the first second.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  /**
   * @param now epoch ms
   * @param burst calls allowed at once after a pause. @default a third of `perSecond`
   */
  constructor(perSecond: number, now: number, burst = Math.max(1, Math.floor(perSecond / 3))) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes a token and returns how long to wait before the call (ms): earlier calls go first. */
  take(now: number): number {
    // A clock that was set back adds no tokens, and removes none.
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1_000) * this.#perSecond) - 1;
    this.#filledAt = now;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1_000);
  }
}
