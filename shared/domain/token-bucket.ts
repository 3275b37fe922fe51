/**
 * So many calls a second, and a few at once after a pause: no second ever sees more than both together. A burst of a whole
 * second's worth would let twice the rate through in the first one.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  /**
   * @param now epoch ms
   * @param burst how many may go at once. @default a third of a second's
   */
  constructor(perSecond: number, now: number, burst = Math.max(1, Math.floor(perSecond / 3))) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Takes a token, and says how long its holder has to wait before the call (ms): those who came before go first. */
  take(now: number): number {
    // A clock that was set back gives nothing, and takes nothing.
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1_000) * this.#perSecond) - 1;
    this.#filledAt = now;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#perSecond) * 1_000);
  }
}
