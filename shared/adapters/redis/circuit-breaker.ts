export interface CircuitBreakerOptions {
  /** Failures in a row after which no call is let through. @default 3 */
  readonly failures?: number;
  /** How long none is, before one call may try again. @default 2,000 */
  readonly openMs?: number;
}

/**
 * Keeps calls from a dependency that does not answer. After some failures in a row it lets one call through every
 * `openMs`; the first success lets all through again.
 *
 * Source: Nygard, "Release It!"; Fowler, "CircuitBreaker". A library that does this weighs 9–14 KB in every bundle.
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

  /** Whether a call may be made at `now` (ms on a clock that does not go back). Says yes to one probe at a time. */
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
