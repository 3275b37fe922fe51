import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../shared/adapters/dynamodb/job-store.ts';
import { withLock } from '../../shared/adapters/lock/with-lock.ts';
import { noRedis } from '../../shared/adapters/redis/redis.ts';
import type { JobCounts, JobRun } from '../../shared/domain/job-run.ts';
import { type RunJobDeps, runJob } from '../../shared/usecases/jobs/run-job.ts';
import { resetDue } from '../../shared/usecases/rollover/reset-due.ts';
import type { SweepDueDeps } from '../../shared/usecases/rollover/sweep-due.ts';
import { wire } from './wiring.ts';

/** The dependencies of `quota-reset` in one environment. Nothing here needs a test runner. */
export function resetDeps(table: Table, now: () => number): SweepDueDeps & RunJobDeps {
  const lock = { redis: noRedis, observe: () => {} };
  return {
    ...wire(table, { now }),
    jobs: new JobStore(table),
    withLock: (resource, work, options) => withLock(lock, resource, work, options),
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
