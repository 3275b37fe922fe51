import type { DueIndex } from '../adapters/dynamodb/due-index.ts';
import { INDEX } from '../contract.ts';
import type { ChangeAccountDeps } from './change-account.ts';
import { rollOver } from './roll-over.ts';

export interface SweepDueDeps extends ChangeAccountDeps {
  readonly dueIndex: Pick<DueIndex, 'due'>;
}

export interface SweepCounts {
  /** Accounts brought up to date by this run. */
  readonly rolledOver: number;
  /** Accounts that somebody else had brought up to date meanwhile. */
  readonly alreadyDone: number;
  readonly failed: number;
}

const BATCH = 50;

/**
 * Brings every account up to date in which something is due, shard by shard. What is done has left the index, so a run
 * that was cut short goes on where it stopped when it is started again. Ends early when `mayContinue` says so.
 */
export async function sweepDue(deps: SweepDueDeps, mayContinue: () => boolean): Promise<SweepCounts> {
  const counts = { rolledOver: 0, alreadyDone: 0, failed: 0 };
  for (let shard = 0; shard < INDEX.due.shards; shard += 1) {
    const failed = new Set<string>();
    while (mayContinue()) {
      const due = await deps.dueIndex.due(shard, deps.now(), BATCH + failed.size);
      const userIds = due.filter((userId) => !failed.has(userId));
      if (userIds.length === 0) break;
      const results = await Promise.allSettled(userIds.map((userId) => rollOver(deps, userId)));
      results.forEach((result, index) => {
        if (result.status === 'rejected') failed.add(userIds[index] ?? '');
        else if (result.value.code === 'changed') counts.rolledOver += 1;
        else counts.alreadyDone += 1;
      });
      // An index lags a little: whoever was found up to date would be found again at once.
      if (results.every((result) => result.status === 'fulfilled' && result.value.code !== 'changed')) break;
    }
    counts.failed += failed.size;
  }
  return counts;
}
