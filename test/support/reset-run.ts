import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryCache } from '../../shared/adapters/cache/memory-cache.ts';
import { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import { DueIndex } from '../../shared/adapters/dynamodb/due-index.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../shared/adapters/dynamodb/job-store.ts';
import { LedgerStore } from '../../shared/adapters/dynamodb/ledger-store.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import { withLock } from '../../shared/adapters/lock/with-lock.ts';
import { noRedis } from '../../shared/adapters/redis/redis.ts';
import type { JobCounts, JobRun } from '../../shared/domain/job-run.ts';
import { type RunJobDeps, runJob } from '../../shared/usecases/jobs/run-job.ts';
import { DENIAL_CACHE, type DenyingImage } from '../../shared/usecases/quota/denial-cache.ts';
import { RetryBudget } from '../../shared/usecases/retry/retry-budget.ts';
import { resetDue } from '../../shared/usecases/rollover/reset-due.ts';
import type { SweepDueDeps } from '../../shared/usecases/rollover/sweep-due.ts';

/** The dependencies of `quota-reset` in one environment. Nothing here needs a test runner. */
export function resetDeps(table: Table, now: () => number): SweepDueDeps & RunJobDeps {
  const lock = { redis: noRedis, observe: () => {} };
  return {
    accounts: new AccountStore(table),
    ledger: new LedgerStore(table),
    plans: new PlanStore(table, now),
    dueIndex: new DueIndex(table),
    denials: new MemoryCache<DenyingImage>(DENIAL_CACHE.capacity, DENIAL_CACHE.ttlMs, now),
    retries: new RetryBudget(),
    jobs: new JobStore(table),
    defaultPlanId: 'free',
    withLock: (resource, work, options) => withLock(lock, resource, work, options),
    now,
    sleep: (ms) => sleep(ms),
    random: Math.random,
  };
}

/** One run of `quota-reset` for all users, as its function does it. */
export function runReset(
  table: Table,
  now: () => number,
  onProgress: (counts: JobCounts) => void = () => {},
  mayContinue: () => boolean = () => true,
): Promise<JobRun> {
  const deps = resetDeps(table, now);
  const request = { job: 'quota-reset', trigger: { kind: 'manual' }, options: {}, mayContinue } as const;
  return runJob(deps, request, (context) =>
    resetDue(
      deps,
      {},
      {
        ...context,
        progress: (counts, checkpoint) => {
          onProgress(counts);
          context.progress(counts, checkpoint);
        },
      },
    ),
  );
}
