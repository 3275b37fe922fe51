import { Unavailable } from '../../domain/faults.ts';
import type { JobCounts } from '../../domain/job-run.ts';
import type { JobContext } from '../jobs/running-job.ts';
import type { Convergence } from './converge-subscription.ts';

export interface SyncCounts {
  /** Subscriptions, and customers with news, that were looked at. */
  readonly checked: number;
  /** Those that were not here yet as Stripe says, and are now. */
  readonly changed: number;
  readonly failed: number;
  /** Of all that was walked through, what differed although its events should have been heard of. */
  readonly drifted: number;
  readonly unknownUsers: number;
  /** Subscriptions whose names differ. */
  readonly contested: number;
  /** Users with several running subscriptions to plans. */
  readonly severalSubscriptions: number;
  /** Users that have no subscription to a plan, and never had one. */
  readonly noSubscription: number;
  /** Prices that no plan names, each once. */
  readonly unknownPrices: readonly string[];
  /** `false`: time was up, or something failed; the next run goes on. */
  readonly complete: boolean;
}

/** How a run of the sync stands in its record. */
export function toJobCounts({
  checked,
  failed,
  unknownPrices,
  complete: _,
  ...figures
}: SyncCounts): JobCounts {
  return { processed: checked - failed, failed, ...figures, unknownPrices: unknownPrices.length };
}

/** Where the sync says how far it is; without a run that writes it down, nowhere. */
export type SyncContext = Pick<JobContext, 'mayContinue'> & Partial<Pick<JobContext, 'progress' | 'note'>>;

export interface TallyDeps {
  readonly sleep: (ms: number) => Promise<void>;
}

/** Subscriptions that are worked on at once. */
const AT_ONCE = 20;
/** How often one call waits as long as Stripe asks for. */
const MAX_WAITS = 4;

/** What a run of the sync counts, and how it does its work: so many at a time, and no failure stops the rest. */
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

  /** Whether all that was begun was done. */
  get isComplete(): boolean {
    return !this.#isCut && this.#counts.failed === 0;
  }

  counts(complete: boolean): SyncCounts {
    return { ...this.#counts, unknownPrices: [...this.#unknownPrices], complete };
  }

  /** Counts what was found to be as Stripe says without a further look. */
  countUnchanged(): void {
    this.#counts.checked += 1;
  }

  /** Counts a subscription that belongs to no user. */
  countStranger(): void {
    this.#counts.checked += 1;
    this.#counts.unknownUsers += 1;
  }

  countContested(): void {
    this.#counts.contested += 1;
  }

  /** Notes prices that no plan names. */
  notePrices(priceIds: readonly string[]): void {
    for (const priceId of priceIds) this.#unknownPrices.add(priceId);
  }

  countDrift(): void {
    this.#counts.drifted += 1;
  }

  /** Converges all items. Returns those that were not: they failed, or time was up. */
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

  /** Asks again where Stripe said when to come back. */
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
