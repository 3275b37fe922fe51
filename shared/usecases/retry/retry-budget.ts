/** Retries that an environment can save, and has at its start. */
const CAPACITY = 10;
/** Retries saved per response: in the long run one retry for ten calls. */
const EARNED = 0.1;
const RETRY_COST = 1;
/** A failure after this time counts as a timeout. */
const SILENCE_MS = 500;
/**
 * A retry after a timeout costs more than half of the capacity: one is possible, then responses have to come
 * first.
 */
const SILENCE_COST = 6;

/**
 * Token bucket for the retries of a Lambda environment. While most calls succeed, every failure may be
 * retried. In an outage the retries run out, so the store gets hardly more requests than there are calls, and
 * callers fail sooner. Lost races are no failures and cost nothing.
 *
 * Source: "Fixing retries with token buckets and circuit breakers", Marc Brooker; the AWS SDKs' standard
 * retry mode does the same for one client, and also charges more after a timeout.
 */
export class RetryBudget {
  #saved = CAPACITY;

  /** Records a response of any kind. */
  earn(): void {
    this.#saved = Math.min(CAPACITY, this.#saved + EARNED);
  }

  /** Spends a retry for an attempt that failed after `tookMs`; `false`: not enough is left. */
  spend(tookMs: number): boolean {
    const cost = tookMs >= SILENCE_MS ? SILENCE_COST : RETRY_COST;
    if (this.#saved < cost) return false;
    this.#saved -= cost;
    return true;
  }
}
