import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { AnswerLost, Fault, OutcomeUnknown, Unavailable } from '../../domain/faults.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface OperationRetryDeps {
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Bounds the retries of all operations of an environment. */
  readonly retries: RetryBudget;
  /** A signal that fires after so many ms of the clock above, where that is not the machine's. */
  readonly signalAfter?: (ms: number) => AbortSignal;
}

const BACKOFF_BASE_MS = 10;
const BACKOFF_CAP_MS = 200;

/**
 * The tries of one operation within its time budget, which counts from the request's arrival. Between tries it
 * waits with full jitter ("Exponential Backoff and Jitter", AWS Architecture Blog); how many tries there are is also for
 * the environment's `RetryBudget` to say, so that an outage makes no storm.
 *
 * A write whose answer was lost is tried again only under the same operation id, so that it is applied once; when
 * the budget ends with one outstanding, the caller gets `OutcomeUnknown`, otherwise `Unavailable`.
 */
export class OperationRetry {
  readonly #deps: OperationRetryDeps;
  readonly #deadline: number;
  readonly #operationId: string;
  #failures = 0;
  #answerLost = false;

  constructor(deps: OperationRetryDeps, arrivedAt: number, operationId: string) {
    this.#deps = deps;
    this.#deadline = arrivedAt + DEDUPE_WINDOW.budgetMs;
    this.#operationId = operationId;
  }

  /** Whether a write of this operation may have been applied unseen. */
  get answerLost(): boolean {
    return this.#answerLost;
  }

  /** Sends one write; `undefined` when it should be tried again. */
  async write<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    return this.#try(send, () => {
      this.#answerLost = true;
    });
  }

  /** Reads, as often as the budget allows. */
  async read<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      const result = await this.#try(
        async (signal) => ({ value: await send(signal) }),
        () => {},
      );
      if (result) return result.value;
    }
  }

  /** Waits before the next try; throws when the budget does not reach that far. */
  async pause(cause?: unknown): Promise<void> {
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    const delayMs = this.#deps.random() * ceiling;
    if (this.#deps.now() + delayMs >= this.#deadline) throw this.exhausted(cause);
    await this.#deps.sleep(delayMs);
  }

  /**
   * What to throw for a fault that ends the operation: with a write outstanding whose answer was lost, nobody can say
   * that nothing was changed, whatever the fault itself says.
   */
  inDoubt(error: unknown): unknown {
    const isFinal = !this.#answerLost || !(error instanceof Fault) || error instanceof OutcomeUnknown;
    return isFinal ? error : new OutcomeUnknown(this.#operationId, { cause: error });
  }

  async #try<T>(send: (signal: AbortSignal) => Promise<T>, onAnswerLost: () => void): Promise<T | undefined> {
    const { now, retries, signalAfter = (ms: number) => AbortSignal.timeout(ms) } = this.#deps;
    const sentAt = now();
    const leftMs = this.#deadline - sentAt;
    if (leftMs <= 0) throw this.exhausted();
    try {
      const answer = await send(signalAfter(leftMs));
      retries.earn();
      return answer;
    } catch (error) {
      if (error instanceof AnswerLost) onAnswerLost();
      else if (!(error instanceof Unavailable)) throw error;
      if (!retries.spend(now() - sentAt)) throw this.exhausted(error);
      await this.pause(error);
      return undefined;
    }
  }

  /** What to throw when the operation cannot go on in time. */
  exhausted(cause?: unknown): Error {
    return this.#answerLost
      ? new OutcomeUnknown(this.#operationId, { cause })
      : new Unavailable('the store did not take the request within its time', { cause });
  }
}
