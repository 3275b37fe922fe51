import { setTimeout as sleep } from 'node:timers/promises';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../shared/adapters/dynamodb/job-store.ts';
import { withLock } from '../../shared/adapters/lock/with-lock.ts';
import { noRedis } from '../../shared/adapters/redis/redis.ts';
import type { JobRequest, RunJobDeps } from '../../shared/usecases/jobs/run-job.ts';
import type { JobContext } from '../../shared/usecases/jobs/running-job.ts';
import { uniqueName } from './redis.ts';
import { TestClock } from './service.ts';

/** The jobs of one table as one environment runs them, without Redis: the claim alone must suffice. */
export function jobsOver(table: Table, clock = new TestClock()): RunJobDeps {
  const lock = { redis: noRedis, observe: () => {} };
  return {
    jobs: new JobStore(table),
    now: clock.now,
    sleep: (ms) => sleep(ms),
    random: Math.random,
    withLock: (resource, work, options) => withLock(lock, resource, work, options),
  };
}

/** A request for a run of a job that no other test has. */
export function jobRequest(more: Partial<JobRequest> = {}): JobRequest {
  return {
    job: uniqueName('job'),
    trigger: { kind: 'manual' },
    options: {},
    mayContinue: () => true,
    ...more,
  };
}

/** The context of an unrecorded run. */
export function jobContext(more: Partial<JobContext> = {}): JobContext {
  return {
    mayContinue: () => true,
    progress: () => {},
    note: () => {},
    checkpoint: undefined,
    onceId: uniqueName('once'),
    ...more,
  };
}
