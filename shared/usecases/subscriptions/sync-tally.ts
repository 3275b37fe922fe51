import { Unavailable } from '../../domain/faults.ts';
import type { JobCounts } from '../../domain/job-run.ts';
import type { JobContext } from '../jobs/running-job.ts';
import type { Convergence } from './converge-subscription.ts';

export interface SyncCounts {
  /** Subscriptions, and customers with events, that were checked. */
  readonly checked: number;
  /** Those that differed from Stripe's state and were converged. */
  readonly changed: number;
  readonly failed: number;
  /** Walked subscriptions that differed although their events should have been handled. */
  readonly drifted: number;
  readonly unknownUsers: number;
  /** Subscriptions with contradicting names of a user. */
  readonly contested: number;
  /** Users with several running subscriptions to plans. */
  readonly severalSubscriptions: number;
  /** Users without any subscription to a plan, now or before. */
  readonly noSubscription: number;
  /** Prices that no plan has, each once. */
  readonly unknownPrices: readonly string[];
  /** `false`: the time was up, or something failed; the next run continues. */
  readonly complete: boolean;
}

/** Converts the counts for the run's record. */
export function toJobCounts({
  checked,
  failed,
  unknownPrices,
  complete: _,
  ...figures
}: SyncCounts): JobCounts {
  return { processed: checked - failed, failed, ...figures, unknownPrices: unknownPrices.length };
}

/** Receives the sync's progress; `progress` and `note` are absent outside of a job run. */
export type SyncContext = Pick<JobContext, 'mayContinue'> & Partial<Pick<JobContext, 'progress' | 'note'>>;

export interface TallyDeps {
  readonly sleep: (ms: number) => Promise<void>;
}

/** Subscriptions converged concurrently. */
const AT_ONCE = 20;
/** How often one call waits for the delay that Stripe asks for. */
const MAX_WAITS = 4;

/** Runs convergences concurrently and counts their outcomes; a failure does not stop the others. */
export class SyncTally {
  readonly #deps: TallyDeps;
  readonly mayContinue: () => boolean;
  readonly #context: SyncContext;
  readonly #counts = {
    checked: 0,
    changed: 0,
    failed: 0,
    drifted: 0,
    unknownUsers: 0,
    contested: 0,
    severalSubscriptions: 0,
    noSubscription: 0,
  };
  readonly #unknownPrices = new Set<string>();
  #isCut = false;

  constructor(deps: TallyDeps, context: SyncContext) {
    this.#deps = deps;
    this.#context = context;
    this.mayContinue = context.mayContinue;
  }

  /** Whether all started work was completed. */
  get isComplete(): boolean {
    return !this.#isCut && this.#counts.failed === 0;
  }

  counts(complete: boolean): SyncCounts {
    return { ...this.#counts, unknownPrices: [...this.#unknownPrices], complete };
  }

  /** Counts a subscription that equals Stripe's state, without a convergence. */
  countUnchanged(): void {
    this.#counts.checked += 1;
  }

  /** Counts a subscription without an owner. */
  countStranger(): void {
    this.#counts.checked += 1;
    this.#counts.unknownUsers += 1;
  }

  countContested(): void {
    this.#counts.contested += 1;
  }

  /** Records prices that no plan has. */
  notePrices(priceIds: readonly string[]): void {
    for (const priceId of priceIds) this.#unknownPrices.add(priceId);
  }

  countDrift(): void {
    this.#counts.drifted += 1;
  }

  /** Converges all items. Returns those that failed, or were not processed in time. */
  async run<T extends object>(
    items: readonly T[],
    converge: (item: T) => Promise<Convergence>,
  ): Promise<T[]> {
    const left: T[] = [];
    for (let from = 0; from < items.length; from += AT_ONCE) {
      const batch = items.slice(from, from + AT_ONCE);
      if (!this.mayContinue()) {
        this.#isCut = true;
        return [...left, ...items.slice(from)];
      }
      const results = await Promise.allSettled(batch.map((item) => this.patiently(() => converge(item))));
      results.forEach((result, index) => {
        const item = batch[index];
        if (result.status === 'fulfilled') this.#count(result.value);
        else {
          this.#counts.checked += 1;
          this.#counts.failed += 1;
          this.#context.note?.(result.reason, item && userOf(item));
          if (item !== undefined) left.push(item);
        }
      });
      this.#context.progress?.(toJobCounts(this.counts(false)));
    }
    return left;
  }

  /** Retries a call after the delay that Stripe asks for. */
  async patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits += 1) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Unavailable) || waits === MAX_WAITS || !this.mayContinue()) throw error;
        await this.#deps.sleep(error.retryAfterSeconds * 1_000);
      }
    }
  }

  #count(convergence: Convergence): void {
    const { code } = convergence;
    this.#counts.checked += 1;
    this.#counts.unknownUsers += Number(code === 'unknown_user');
    this.#counts.noSubscription += Number(code === 'no_subscription');
    this.#counts.contested += Number(convergence.isContested);
    if (code === 'unknown_user') return;
    this.notePrices(convergence.unknownPrices);
    if (code !== 'converged') return;
    this.#counts.changed += Number(convergence.changed);
    this.#counts.severalSubscriptions += Number(convergence.subscription.runningSubscriptions > 1);
  }
}

function userOf(item: object): string | undefined {
  return 'userId' in item && typeof item.userId === 'string' ? item.userId : undefined;
}
