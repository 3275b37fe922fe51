import { ApiError } from './errors.ts';

/** A bucket of calls that fills again with real time. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, nowMs: () => number = Date.now) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#tokens = perSecond;
    this.#filledAtMs = nowMs();
  }

  /** @throws ApiError 429 when there were too many calls */
  take(): void {
    const now = this.#nowMs();
    const filled = ((now - this.#filledAtMs) / 1_000) * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + filled);
    this.#filledAtMs = now;
    if (this.#tokens < 1) throw tooManyRequests({});
    this.#tokens--;
  }
}

/** Stripe does not ask its SDK to try again: the caller is to slow down. `shouldRetry` says otherwise. */
export function tooManyRequests(hints: {
  retryAfterSeconds?: number | undefined;
  shouldRetry?: boolean | undefined;
}): ApiError {
  return new ApiError(
    429,
    {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message:
        'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
    {
      'retry-after': String(hints.retryAfterSeconds ?? 1),
      'stripe-rate-limited-reason': 'global-rate',
      ...(hints.shouldRetry !== undefined && { 'stripe-should-retry': String(hints.shouldRetry) }),
    },
  );
}
