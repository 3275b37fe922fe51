import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { AccountStore } from '../../../shared/adapters/dynamodb/account-store.ts';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerStore } from '../../../shared/adapters/dynamodb/ledger-store.ts';
import { type ArchiveHistoryDeps, archiveHistory } from '../../../shared/usecases/archive/archive-history.ts';
import { ArchiveTakenOver } from '../../../shared/usecases/archive/store-batch.ts';
import { auditLedger } from '../../../shared/usecases/ledger/audit-ledger.ts';
import { allItems, archiveDeps, expireHistory, readArchive } from '../../support/archived-history.ts';
import { Crashed, CrashPoint } from '../../support/crashing.ts';
import { jobContext } from '../../support/jobs.ts';
import { type LocalBucket, startLocalBucket } from '../../support/local-bucket.ts';
import { createPlans, useForMonths } from '../../support/months-of-use.ts';
import { createTestService } from '../../support/service.ts';
import { createTestTable } from '../../support/table.ts';

const DAY_MS = 86_400_000;
const USERS = ['ada', 'bob'];
const retention = { ledgerDays: 30, usageDays: 92 };
/** The history of two users, which each test copies into a table of its own. */
let history: Record<string, unknown>[];
let start: number;

beforeAll(async () => {
  const service = await createTestService();
  await createPlans(service);
  service.clock.freezeAt('2033-01-03T09:00:00Z');
  await useForMonths(service, USERS, 3);
  service.clock.advanceMs(100 * DAY_MS);
  start = service.now();
  history = await allItems({ client: service.table.documentClient, name: service.table.tableName });
  await service.table.drop();
});

interface World {
  readonly table: Table;
  readonly bucket: LocalBucket;
  now: number;
  deps(crash?: CrashPoint): ArchiveHistoryDeps;
  run(crash?: CrashPoint): Promise<unknown>;
}

/** Runs a test over a copy of the history, with a clock and a bucket of its own. */
async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const created = await createTestTable();
  const table = { client: created.documentClient, name: created.tableName };
  const bucket = await startLocalBucket();
  for (let from = 0; from < history.length; from += 25) {
    const puts = history.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: puts } }));
  }
  const world: World = {
    table,
    bucket,
    now: start,
    deps(crash) {
      const deps = { ...archiveDeps(table, bucket, () => world.now), retention, batchLines: 20 };
      if (!crash) return deps;
      const { ledgerArchive, usageArchive, archiveProgress, archiveBucket } = deps;
      return {
        ...deps,
        ledgerArchive: crash.over(ledgerArchive),
        usageArchive: crash.over(usageArchive),
        archiveProgress: crash.over(archiveProgress),
        archiveBucket: crash.over(archiveBucket),
      };
    },
    run: (crash) => archiveHistory(world.deps(crash), jobContext()),
  };
  try {
    await test(world);
  } finally {
    await created.drop();
    await bucket.stop();
  }
}

async function expectSoundLedgers({ table, now }: World): Promise<void> {
  const deps = {
    accounts: new AccountStore(table),
    ledger: new LedgerStore(table),
    now: () => now,
    sleep: async () => {},
    random: Math.random,
  };
  for (const user of USERS) expect(await auditLedger(deps, user), user).toMatchObject({ findings: [] });
}

const isHistory = ({ sk }: Record<string, unknown>) => /^(LEDGER|USAGE)#/.test(String(sk));
/** A gauge's only period never ends. */
const isDue = (item: Record<string, unknown>) => isHistory(item) && !String(item.sk).includes('#never#');
const keyOf = ({ pk, sk }: Record<string, unknown>) => `${pk} ${sk}`;

/** Every item that is gone, or may go, was archived, and each once. */
async function expectNoLossAndNoDouble({ table, bucket }: World): Promise<void> {
  const { entries, usage } = await readArchive(bucket);
  const ids = [
    ...entries.map(({ userId, version }) => `${userId} ${version}`),
    ...usage.map((record) =>
      JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  const kept = (await allItems(table)).filter(({ ttl, ...item }) => isHistory(item) && ttl === undefined);
  expect(ids.length + kept.length).toBe(history.filter(isHistory).length);
}

/** Runs until the whole walk is done, as the next hours' runs do. */
async function finish(world: World): Promise<void> {
  await world.run();
  expect(await world.run()).toMatchObject({ isComplete: true, counts: { batches: 0 } });
}

let calls = 0;
beforeAll(() =>
  inWorld(async (world) => {
    const counter = new CrashPoint(Number.POSITIVE_INFINITY, 'before');
    await world.run(counter);
    calls = counter.calls;
  }),
);

test('without a crash all of it is archived, in several batches', () =>
  inWorld(async (world) => {
    expect(await world.run()).toMatchObject({
      isComplete: true,
      counts: { entries: history.filter(({ sk }) => String(sk).startsWith('LEDGER#')).length, failed: 0 },
    });
    const manifests = (await world.bucket.keys()).filter((key) => key.includes('/manifests/'));
    expect(manifests.length).toBeGreaterThan(1);
    await expectNoLossAndNoDouble(world);
    const unmarked = (await allItems(world.table)).filter((item) => isDue(item) && item.ttl === undefined);
    expect(unmarked.map(keyOf)).toEqual([]);
    expect(calls).toBeGreaterThan(20);
  }));

describe('a crash at any call loses nothing and archives nothing twice', () => {
  test.each(['before', 'after'] as const)('%s its effect', async (when) => {
    for (let at = when === 'before' ? 1 : 2; at <= calls; at += 2) {
      await inWorld(async (world) => {
        const crash = new CrashPoint(at, when);
        const error = await world.run(crash).catch((reason: unknown) => reason);
        // How accounts share the batches depends on the order of the answers, and with it the number of
        // calls.
        if (crash.isDown) expect(error, `call ${at}`).toBeInstanceOf(Crashed);
        else expect(at, 'no crash').toBeGreaterThan(calls / 2);
        await expectSoundLedgers(world);
        // The job stays down for a month, in which the marked items leave the table.
        world.now += at % 3 === 0 ? 30 * DAY_MS : 3_600_000;
        await expireHistory(world.table, world.now);
        await expectSoundLedgers(world);
        await finish(world);
        await expectNoLossAndNoDouble(world);
        world.now += 8 * DAY_MS;
        await expireHistory(world.table, world.now);
        await expectSoundLedgers(world);
      });
    }
  });
});

/** Waits before each call of a method. */
function delayed<T extends object>(
  target: T,
  method: keyof T,
  before: (argument: unknown) => Promise<void>,
): T {
  return new Proxy(target, {
    get: (_, name) => {
      const call = Reflect.get(target, name);
      if (typeof call !== 'function') return call;
      return async (...args: unknown[]) => {
        if (name === method) await before(args[0]);
        return Reflect.apply(call, target, args);
      };
    },
  });
}

describe('a run that another has replaced archives nothing more', () => {
  test.each(['planned', 'committed'])('before its batch is %s', (step) =>
    inWorld(async (world) => {
      let isReplaced = false;
      const replace = async (argument: unknown) => {
        if (isReplaced || (step === 'committed' && !String(argument).includes('/manifests/'))) return;
        isReplaced = true;
        await finish(world);
      };
      const deps = world.deps();
      const slow =
        step === 'planned'
          ? { ...deps, archiveProgress: delayed(deps.archiveProgress, 'plan', replace) }
          : { ...deps, archiveBucket: delayed(deps.archiveBucket, 'save', replace) };
      await expect(archiveHistory(slow, jobContext())).rejects.toBeInstanceOf(ArchiveTakenOver);
      expect(isReplaced).toBe(true);
      await expectNoLossAndNoDouble(world);
      await expectSoundLedgers(world);
    }),
  );
});

test('runs that are cut short at any moment archive everything, each item once', () =>
  inWorld(async (world) => {
    let checkpoint: string | undefined;
    let runs = 0;
    for (let isComplete = false; !isComplete; runs += 1) {
      expect(runs).toBeLessThan(40);
      let looks = 0;
      const context = jobContext({
        checkpoint,
        mayContinue: () => {
          looks += 1;
          return looks <= 6;
        },
        progress: (_, position) => {
          checkpoint = position ?? checkpoint;
        },
      });
      ({ isComplete } = await archiveHistory(world.deps(), context));
    }
    expect(runs).toBeGreaterThan(1);
    await expectNoLossAndNoDouble(world);
    expect((await allItems(world.table)).filter((item) => isDue(item) && item.ttl === undefined)).toEqual([]);
  }));

test('after an outage of the bucket the next run continues where everything before was stored', () =>
  inWorld(async (world) => {
    let checkpoint: string | undefined;
    const context = jobContext({
      progress: (_, position) => {
        checkpoint = position ?? checkpoint;
      },
    });
    const working = world.deps();
    const archiveBucket = { ...working.archiveBucket, save: () => Promise.reject(new Error('S3 is down')) };
    const deps = { ...working, archiveBucket, batchLines: 1_000 };
    await expect(archiveHistory(deps, context)).rejects.toThrow('S3 is down');
    await archiveHistory(world.deps(), jobContext({ checkpoint }));
    await expectNoLossAndNoDouble(world);
    expect((await allItems(world.table)).filter((item) => isDue(item) && item.ttl === undefined)).toEqual([]);
  }));
