/** Retries that an environment has saved up at most, and at its start. */
const CAPACITY = 10;
/** What each answered try saves up: in the long run one retry for ten calls. */
const EARNED = 0.1;
const RETRY_COST = 1;
/** After this long without an answer the store is taken to be silent, not just unlucky. */
const SILENCE_MS = 500;
/** Asking a silent store again costs more than half of all that can be saved: once, and then it has to answer first. */
const SILENCE_COST = 6;

/**
 * How often an environment may ask the store again. While most calls go well, every failure may be retried; in an outage the
 * retries run out, so the store gets hardly more requests than there are calls, and callers get their answer sooner. Lost
 * races are no failures and cost nothing.
 *
 * Source: "Fixing retries with token buckets and circuit breakers", Marc Brooker; the AWS SDKs' standard retry mode does the
 * same for one client, and also takes more after a timeout.
 */
export class RetryBudget {
  #saved = CAPACITY;

  /** A try was answered, with whatever. */
  earn(): void {
    this.#saved = Math.min(CAPACITY, this.#saved + EARNED);
  }

  /** Whether a try that failed after `tookMs` may be repeated; if so, it is paid for. */
  spend(tookMs: number): boolean {
    const cost = tookMs >= SILENCE_MS ? SILENCE_COST : RETRY_COST;
    if (this.#saved < cost) return false;
    this.#saved -= cost;
    return true;
  }
}
