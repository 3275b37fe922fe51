import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { AnswerLost, Fault, OutcomeUnknown, Unavailable } from '../../domain/faults.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface OperationRetryDeps {
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Bounds the retries of all operations of a Lambda environment. */
  readonly retries: RetryBudget;
  /** Creates a signal that fires after `ms` of `now`'s clock. @default `AbortSignal.timeout` */
  readonly signalAfter?: (ms: number) => AbortSignal;
}

const BACKOFF_BASE_MS = 10;
const BACKOFF_CAP_MS = 200;

/**
 * Retries one operation within its time budget, which counts from the request's arrival. Between attempts it
 * waits with full jitter ("Exponential Backoff and Jitter", AWS Architecture Blog). The environment's
 * `RetryBudget` also bounds the attempts, so that an outage causes no retry storm.
 *
 * ```
 * attempt ─▶ response ─▶ done
 *    ▲  └▶ rejected or response lost ─▶ budget left? ─▶ no: Unavailable or OutcomeUnknown
 *    └──────── jitter ◀──────── yes ◀──────┘
 * ```
 *
 * A write whose response was lost is retried only under the same operation id, so that it is applied once. If
 * the budget ends with such a write outstanding, the caller gets `OutcomeUnknown`, otherwise `Unavailable`.
 */
export class OperationRetry {
  readonly #deps: OperationRetryDeps;
  readonly #deadline: number;
  readonly #operationId: string;
  #failures = 0;
  #answerLost = false;
  #hasRepeated = false;

  constructor(deps: OperationRetryDeps, arrivedAt: number, operationId: string) {
    this.#deps = deps;
    this.#deadline = arrivedAt + DEDUPE_WINDOW.budgetMs;
    this.#operationId = operationId;
  }

  /** Whether a write of this operation may have been applied although its response was lost. */
  get answerLost(): boolean {
    return this.#answerLost;
  }

  /** Sends one write; `undefined` when it should be retried. */
  async write<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    return this.#try(send, () => {
      this.#answerLost = true;
    });
  }

  /** Sends a read, with retries while the budget allows. */
  async read<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (;;) {
      const result = await this.#try(
        async (signal) => ({ value: await send(signal) }),
        () => {},
      );
      if (result) return result.value;
    }
  }

  /** Waits before the next attempt. @throws Unavailable, OutcomeUnknown when the budget does not suffice */
  async pause(cause?: unknown): Promise<void> {
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures += 1;
    const delayMs = this.#deps.random() * ceiling;
    if (this.#deps.now() + delayMs >= this.#deadline) throw this.exhausted(cause);
    await this.#deps.sleep(delayMs);
  }

  /**
   * Maps a fault that ends the operation: after a lost response it becomes `OutcomeUnknown`, since the write
   * may have been applied.
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
      if (this.#repeatsAtOnce(error)) return undefined;
      if (!retries.spend(now() - sentAt)) throw this.exhausted(error);
      await this.pause(error);
      return undefined;
    }
  }

  /**
   * A reset of an idle connection is no sign of load, so the first one costs no wait and none of the
   * environment's retries.
   */
  #repeatsAtOnce(error: unknown): boolean {
    if (this.#hasRepeated || !(error instanceof AnswerLost && error.onReuse)) return false;
    this.#hasRepeated = true;
    return true;
  }

  /** Creates the fault for an operation whose budget is spent. */
  exhausted(cause?: unknown): Error {
    return this.#answerLost
      ? new OutcomeUnknown(this.#operationId, { cause })
      : new Unavailable('the store did not accept the request within its time budget', { cause });
  }
}
