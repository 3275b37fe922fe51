import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { DueIndex, DuePage } from '../../adapters/dynamodb/due-index.ts';
import { INDEX } from '../../contract.ts';
import type { Account } from '../../domain/account.ts';
import { isPeriodOver } from '../../domain/decide.ts';
import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import type { ChangeAccountDeps } from '../quota/change-account.ts';
import { mapConcurrently } from '../retry/retry.ts';
import { rollOver } from './roll-over.ts';
import { rollOverMany } from './roll-over-many.ts';

export interface SweepDueDeps extends ChangeAccountDeps {
  readonly accounts: ChangeAccountDeps['accounts'] & Pick<AccountStore, 'readMany' | 'saveMany'>;
  readonly dueIndex: Pick<DueIndex, 'due'>;
}

export interface SweepRequest extends Pick<JobContext, 'mayContinue'> {
  /** Only accounts in which a period of these features is over; all their due periods are closed. */
  readonly features?: readonly string[] | undefined;
  readonly progress?: JobContext['progress'];
  readonly note?: JobContext['note'];
}

const BATCH = 50;
/** Shards processed concurrently: while one reads, the others write. */
const SHARDS_AT_ONCE = 4;

/**
 * Rolls over every account in which something is due. It reads only the due index, so idle accounts cost
 * nothing. Processed accounts leave the index, so the next run continues one that was cut short or died.
 *
 * A batch is read in one request and saved in two, each account on the version that was read, so concurrent
 * runs and requests close a period once. Accounts that are not saved this way are rolled over one by one; a
 * failure is noted and left to the next run.
 */
export async function sweepDue(deps: SweepDueDeps, request: SweepRequest): Promise<JobResult> {
  const sweep = new Sweep(deps, request);
  const shards = Array.from({ length: INDEX.due.shards }, (_, shard) => shard).values();
  const worker = async () => {
    for (const shard of shards) await sweep.sweepShard(shard);
  };
  await Promise.all(Array.from({ length: SHARDS_AT_ONCE }, worker));
  return sweep.result();
}

class Sweep {
  readonly #deps: SweepDueDeps;
  readonly #request: SweepRequest;
  /** `alreadyDone`: accounts that another run or request rolled over meanwhile. */
  readonly #counts = { rolledOver: 0, alreadyDone: 0, failed: 0 };
  #isComplete = true;

  constructor(deps: SweepDueDeps, request: SweepRequest) {
    this.#deps = deps;
    this.#request = request;
  }

  result(): JobResult {
    const { rolledOver, alreadyDone } = this.#counts;
    return { counts: { processed: rolledOver + alreadyDone, ...this.#counts }, isComplete: this.#isComplete };
  }

  async sweepShard(shard: number): Promise<void> {
    const now = this.#deps.now();
    let page: DuePage | undefined;
    do {
      if (!this.#request.mayContinue()) {
        this.#isComplete = false;
        return;
      }
      page = await this.#deps.dueIndex.due(shard, now, BATCH, page?.next);
      await this.#bringUpToDate(page.userIds, now);
    } while (page.next);
  }

  async #bringUpToDate(userIds: readonly string[], now: number): Promise<void> {
    if (userIds.length === 0) return;
    const accounts = await this.#deps.accounts.readMany(userIds);
    const chosen = userIds.filter((userId) => this.#isChosen(accounts.get(userId), now));
    const seen = chosen.flatMap((userId) => accounts.get(userId) ?? []);
    const done = await rollOverMany(this.#deps, seen);
    this.#counts.rolledOver += done.size;
    const rest = chosen.filter((userId) => !done.has(userId));
    const results = await mapConcurrently(this.#deps, rest, (userId) => rollOver(this.#deps, userId));
    results.forEach((result, index) => {
      this.#count(result, rest[index]);
    });
    this.#request.progress?.(this.result().counts);
  }

  #isChosen(account: Account | undefined, now: number): boolean {
    const { features } = this.#request;
    if (!features || !account) return true;
    return isPeriodOver(
      account,
      features.filter((feature) => account.counters.has(feature)),
      now,
    );
  }

  #count(result: PromiseSettledResult<{ readonly code: string }>, userId: string | undefined): void {
    if (result.status === 'rejected') {
      this.#counts.failed += 1;
      this.#request.note?.(result.reason, userId);
    } else if (result.value.code === 'changed') this.#counts.rolledOver += 1;
    else this.#counts.alreadyDone += 1;
  }
}
