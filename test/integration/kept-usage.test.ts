import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usageView } from '../../functions/http/responses/usage-view.ts';
import { dayUsageKey } from '../../shared/adapters/dynamodb/keys.ts';
import { addDays, type DateRange, dateOf } from '../../shared/domain/date-range.ts';
import { archiveHistory } from '../../shared/usecases/archive/archive-history.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { publishReport } from '../../shared/usecases/reports/publish-report.ts';
import { readKept } from '../../shared/usecases/reports/read-kept.ts';
import { reportUsage } from '../../shared/usecases/reports/report-usage.ts';
import { topUsers } from '../../shared/usecases/reports/top-users.ts';
import { allItems, archiveDeps, expireHistory, readArchive } from '../support/archived-history.ts';
import { jobContext } from '../support/jobs.ts';
import { type LocalBucket, startLocalBucket } from '../support/local-bucket.ts';
import { createPlans, useForMonths } from '../support/months-of-use.ts';
import { createTestService, type TestService } from '../support/service.ts';

const DAY_MS = 86_400_000;
const USERS = ['ada', 'bob'];
let service: TestService;
let bucket: LocalBucket;
/** Days that are kept after the archive, and their figures from before it. */
let kept: DateRange;
let before: Awaited<ReturnType<typeof figuresOf>>;
let today: string;

const table = () => ({ client: service.table.documentClient, name: service.table.tableName });
const reportDeps = () => ({ ...service, figures: { exceeded: async () => new Map() }, onMissing: () => {} });

/** What users and the operator see of some days. */
async function figuresOf(range: DateRange) {
  const views = USERS.map(async (userId) =>
    usageView(await reportUsage(service, { userId, ...range }), range),
  );
  const top = (period: string) => topUsers(service, { feature: 'aiRequest', period, limit: 10 });
  return {
    users: (await Promise.all(views)).map(({ asOf: _, ...view }) => view),
    report: await compileReport(reportDeps(), range),
    top: [await top(range.from), await top(range.to), await top(range.to.slice(0, 7))],
  };
}

async function archive() {
  const deps = { ...archiveDeps(table(), bucket, service.now), retention: { usageDays: 92 } };
  return archiveHistory(deps, jobContext());
}

beforeAll(async () => {
  service = await createTestService();
  bucket = await startLocalBucket();
  await createPlans(service);
  service.clock.freezeAt('2033-01-03T09:00:00Z');
  await useForMonths(service, USERS, 14);
  today = dateOf(service.now());
  // The range before it, with which the report compares, is kept, too.
  kept = { from: addDays(today, -45), to: today };
  before = await figuresOf(kept);
  expect((await archive()).counts).toMatchObject({ processed: 2, failed: 0, entries: 0 });
  service.clock.advanceMs(1);
  await expireHistory(table(), service.now() + 8 * DAY_MS);
});
afterAll(async () => {
  await service.table.drop();
  await bucket.stop();
});

describe('after the archive', () => {
  test('kept days have the figures that they had', async () => {
    expect(before.users[0]?.features.length).toBeGreaterThan(1);
    expect(await figuresOf(kept)).toEqual(before);
  });

  test('usage before them has left the table, and is in the archive', async () => {
    const { usage, entries } = await readArchive(bucket);
    expect(entries).toEqual([]);
    const cutoff = addDays(today, -92);
    const days = usage.flatMap((record) => (record.kind === 'day' ? [record.date] : []));
    expect(days.length).toBeGreaterThan(8);
    expect(days.filter((date) => date >= cutoff)).toEqual([]);
    const periods = usage.filter((record) => record.kind === 'period');
    expect(new Set(periods.map(({ interval }) => interval))).toEqual(new Set(['5h', 'day', 'month']));
    const left = (await allItems(table())).map(({ sk }) => sk).filter((sk) => sk.startsWith('USAGE#'));
    for (const record of usage)
      if (record.kind === 'day')
        expect(left).not.toContain(dayUsageKey(record.userId, record.feature, record.date).sk);
    expect(left.some((sk) => sk.includes('#never#'))).toBe(true);
  });

  test('a range that begins before them is refused, with the first day that is kept', async () => {
    const read = async () => 'read';
    const keptFrom = addDays(today, -92);
    expect(await readKept(service, addDays(keptFrom, -1), read)).toEqual({ code: 'not_kept', keptFrom });
    expect(await readKept(service, keptFrom, read)).toEqual({ code: 'read', value: 'read' });
  });

  test('a recent range costs no look-up', async () => {
    const archiveProgress = { read: () => Promise.reject(new Error('looked up')) };
    const read = () => readKept({ ...service, archiveProgress }, addDays(today, -92), async () => 1);
    expect(await read()).toMatchObject({ code: 'read' });
    await expect(
      readKept({ ...service, archiveProgress }, addDays(today, -93), async () => 1),
    ).rejects.toThrow('looked up');
  });

  test('a report of a day that is no longer kept is not published', async () => {
    const nothing = () => Promise.reject(new Error('published'));
    const deps = {
      ...reportDeps(),
      bucket: { save: nothing, linksTo: () => ({ console: '', address: '' }) },
      notices: { publishAll: nothing },
      render: () => [],
    };
    const run = (date: string) => publishReport(deps, { date }, { mayContinue: () => true });
    expect(await run(addDays(today, -60))).toMatchObject({ nothingDone: 'range_not_kept' });
    await expect(run(addDays(today, -1))).rejects.toThrow('published');
  });
});

test('a day that is changed after it was archived stays, and is archived again', async () => {
  const own = await createTestService();
  const other = await startLocalBucket();
  const place = { client: own.table.documentClient, name: own.table.tableName };
  own.clock.freezeAt('2033-06-01T12:00:00Z');
  const day = {
    userId: 'ada',
    feature: 'aiRequest',
    date: '2033-01-05',
    planId: 'free',
    lifetimeBefore: 0n,
    lifetime: 5n,
    firstVersion: 1,
    version: 1,
    hours: new Map([[12, 5n]]),
  };
  await createPlans(own);
  await useForMonths(own, ['ada'], 1);
  await own.usage.setDay(day);
  const run = () =>
    archiveHistory({ ...archiveDeps(place, other, own.now), retention: { usageDays: 92 } }, jobContext());
  await run();
  // A batch that was set aside is projected late.
  await own.usage.setDay({ ...day, lifetime: 9n, version: 2, hours: new Map([[13, 9n]]) });
  own.clock.advanceMs(8 * DAY_MS);
  expect(await expireHistory(place, own.now())).toEqual([]);
  await run();
  const { usage } = await readArchive(other);
  expect(usage).toMatchObject([
    { date: '2033-01-05', used: 5, version: 1 },
    {
      date: '2033-01-05',
      used: 9,
      version: 2,
      hours: new Map([
        [12, 5],
        [13, 4],
      ]),
    },
  ]);
  own.clock.advanceMs(8 * DAY_MS);
  expect(await expireHistory(place, own.now())).toHaveLength(1);
  await own.table.drop();
  await other.stop();
});
