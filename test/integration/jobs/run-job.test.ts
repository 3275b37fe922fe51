import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { asSeen, JOB_LEASE_MS, type JobRun } from '../../../shared/domain/job-run.ts';
import {
  type JobRequest,
  type JobWork,
  type RunJobDeps,
  runJob,
} from '../../../shared/usecases/jobs/run-job.ts';
import { jobRequest, jobsOver } from '../../support/jobs.ts';
import { TestClock } from '../../support/service.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';

let testTable: TestTable;
let table: Table;
let clock: TestClock;
let deps: RunJobDeps;
let request: JobRequest;

beforeAll(async () => {
  testTable = await createTestTable();
  table = { client: testTable.documentClient, name: testTable.tableName };
});
afterAll(() => testTable.drop());
beforeEach(() => {
  clock = new TestClock();
  deps = jobsOver(table, clock);
  request = jobRequest();
});

const three: JobWork = async () => ({ counts: { processed: 3, failed: 0 }, isComplete: true });
const runs = async () => (await deps.jobs.page(request.job, 100)).items;
const states = async () => (await runs()).map(({ state }) => state).sort();

/** Starts a run that does nothing and never ends, like a killed process. */
async function dieAtWork(dying: JobRequest = request, checkpoint?: string): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const dead: RunJobDeps = { ...deps, sleep: () => new Promise(() => {}) };
  void runJob(dead, dying, async ({ progress }) => {
    progress({ processed: 1, failed: 0 }, checkpoint);
    begun.resolve();
    return new Promise(() => {});
  });
  await begun.promise;
}

test('a run is recorded from its start to its end', async () => {
  clock.freezeAt('2033-01-31T00:05:00Z');
  const options = { userId: 'ada' };
  const run = await runJob(deps, { ...request, options }, async () => {
    expect(await runs()).toMatchObject([{ state: 'running', endedAt: null }]);
    clock.advanceMs(1_500);
    return three({} as never); // it does not read its context
  });
  expect(run).toMatchObject({
    state: 'succeeded',
    options,
    counts: { processed: 3, failed: 0 },
    endedAt: run.startedAt + 1_500,
  });
  expect(await runs()).toEqual([run]);
});

test('of ten started at once without Redis one works, and the others return that it is running', async () => {
  let working = 0;
  const work: JobWork = async (context) => {
    working += 1;
    expect(working).toBe(1);
    await sleep(500);
    working -= 1;
    return three(context);
  };
  const ran = await Promise.all(Array.from({ length: 10 }, () => runJob(jobsOver(table), request, work)));
  expect(ran.filter(({ state }) => state === 'succeeded')).toHaveLength(1);
  expect(ran.filter(({ state }) => state === 'already_running')).toHaveLength(9);
  expect(await states()).toEqual(ran.map(({ state }) => state).sort());
  // It is free afterwards.
  expect((await runJob(deps, request, three)).state).toBe('succeeded');
});

test('a run for one user waits for no run for all, and another one for the same user does', async () => {
  const forOne = { ...request, options: { userId: 'ada' } };
  const all = await runJob(deps, request, async (context) => {
    const one = await runJob(deps, forOne, async () => {
      expect((await runJob(deps, forOne, three)).state).toBe('already_running');
      return three(context);
    });
    expect(one.state).toBe('succeeded');
    return three(context);
  });
  expect(all.state).toBe('succeeded');
});

test('after its lease a dead run is found by the next, which continues from its checkpoint', async () => {
  await dieAtWork();
  await dieAtWork({ ...request, options: { userId: 'ada' } });
  expect((await runJob(deps, request, three)).state).toBe('already_running');
  clock.advanceMs(JOB_LEASE_MS);
  // Before a later run finds it, its record shows it.
  const dead = (await runs()).filter(({ state }) => state === 'running');
  expect(dead.map((run) => asSeen(run, clock.now()).state)).toEqual(['died', 'died']);

  const next = await runJob(deps, request, three);
  expect(next).toMatchObject({ state: 'succeeded' });
  const died = (await runs()).find(({ id }) => id === next.resumedFrom);
  expect(died).toMatchObject({ state: 'died', options: {} });
  expect((await runJob(deps, request, three)).resumedFrom).toBeUndefined();
});

test('a checkpoint is kept through death, lack of time and failure, and removed when the work is complete', async () => {
  const from: (string | undefined)[] = [];
  const run = (state: 'cut short' | 'failing' | 'throwing' | 'whole') =>
    runJob(deps, request, async ({ checkpoint, progress }) => {
      from.push(checkpoint);
      const counts = { processed: 1, failed: state === 'failing' ? 1 : 0 };
      progress(counts, `${checkpoint ?? ''}+`);
      if (state === 'throwing') throw new Error('oh');
      return { counts, isComplete: state === 'whole' };
    });
  expect((await run('cut short')).state).toBe('cut_short');
  expect((await run('failing')).state).toBe('failed');
  expect((await run('throwing')).state).toBe('failed');
  expect((await run('whole')).state).toBe('succeeded');
  await run('whole');
  expect(from).toEqual([undefined, '+', '++', '+++', undefined]);
});

test('work longer than a lease keeps its claim, and shows its progress', async () => {
  const reads: JobRun[] = [];
  const quick: RunJobDeps = {
    ...deps,
    // Every wait of the run's own takes ten seconds.
    sleep: async () => {
      await sleep(20);
      clock.advanceMs(10_000);
    },
  };
  clock.freezeAt('2033-01-31T00:05:00Z');
  const run = await runJob(quick, request, async ({ progress, mayContinue }) => {
    const startedAt = clock.now();
    for (let processed = 1; clock.now() < startedAt + 3 * JOB_LEASE_MS; processed += 1) {
      expect(mayContinue()).toBe(true);
      progress({ processed, failed: 0 });
      await sleep(40);
      reads.push(...(await runs()));
    }
    expect((await runJob(deps, request, three)).state).toBe('already_running');
    return three({} as never); // as above
  });
  expect(run.state).toBe('succeeded');
  expect(new Set(reads.map(({ counts }) => counts.processed)).size).toBeGreaterThan(3);
});

test('a run whose claim was taken over stops, and writes no more', async () => {
  let next: JobRun | undefined;
  const frozen: RunJobDeps = { ...deps, sleep: () => new Promise(() => {}) };
  const late = runJob(frozen, request, async ({ mayContinue }) => {
    clock.advanceMs(JOB_LEASE_MS);
    expect(mayContinue()).toBe(false);
    next = await runJob(deps, request, three);
    return { counts: { processed: 9, failed: 0 }, isComplete: true };
  });
  await late;
  expect(await states()).toEqual(['died', 'succeeded']);
  expect((await runs()).find(({ state }) => state === 'died')?.id).toBe(next?.resumedFrom);
});

test('an event redelivered by Lambda after a failure is a new run, after a success none', async () => {
  const asked = { ...request, runId: '01KAJ0Q2F0ZV9W5T2M4X7B8C1D' };
  const once: string[] = [];
  const failing: JobWork = async ({ onceId }) => {
    once.push(onceId);
    throw new Error('oh');
  };
  const first = await runJob(deps, asked, failing);
  expect(first).toMatchObject({ id: asked.runId, state: 'failed', errors: [{ message: 'Error: oh' }] });
  const second = await runJob(deps, asked, failing);
  expect(second).toMatchObject({ state: 'failed', resumedFrom: asked.runId });
  // Once-only work sees the same id in both.
  expect(once).toEqual([asked.runId, asked.runId]);

  const other = jobRequest({ runId: asked.runId });
  expect((await runJob(deps, other, three)).state).toBe('succeeded');
  expect((await runJob(deps, other, failing)).state).toBe('succeeded');
  expect(once).toHaveLength(2);
});

test('an error is recorded within bounds, without secrets', async () => {
  const run = await runJob(deps, request, async ({ note }) => {
    note(new Error('Invalid API Key provided: sk_live_abcDEF123; sent as Bearer qk_0123456789'), 'ada');
    for (let count = 0; count < 100; count += 1) note(new Error('x'.repeat(10_000)), `user-${count}`);
    return { counts: { processed: 0, failed: 101 }, isComplete: true };
  });
  expect(run.state).toBe('failed');
  expect(run.errors).toHaveLength(20);
  expect(run.errors[0]?.userId).toBe('ada');
  expect(JSON.stringify(run.errors)).not.toMatch(/abcDEF|0123456789/);
  expect(JSON.stringify(run).length).toBeLessThan(10_000);
});
