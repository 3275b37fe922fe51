export interface CircuitBreakerOptions {
  /** Consecutive failures after which no call is admitted. @default 3 */
  readonly failures?: number;
  /** How long no call is admitted, before one may probe. @default 2,000 */
  readonly openMs?: number;
}

/**
 * Stops calls to a dependency that does not answer. After consecutive failures it admits one call every
 * `openMs`; the first success admits all again.
 *
 * Source: Nygard, "Release It!"; Fowler, "CircuitBreaker". A library for this weighs 9–14 KB in every bundle.
 */
export class CircuitBreaker {
  readonly #threshold: number;
  readonly #openMs: number;
  #failures = 0;
  #noneBefore = 0;

  constructor({ failures = 3, openMs = 2_000 }: CircuitBreakerOptions = {}) {
    this.#threshold = failures;
    this.#openMs = openMs;
  }

  /**
   * Whether a call may be made at `now` (ms on a clock that does not go back). Admits one probe at a time.
   */
  admits(now: number): boolean {
    if (this.#failures < this.#threshold) return true;
    if (now < this.#noneBefore) return false;
    this.#noneBefore = now + this.#openMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#noneBefore = now + this.#openMs;
  }
}
