import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActiveShards, ALERTS } from '../../shared/adapters/dynamodb/active-shards.ts';
import { accountKey } from '../../shared/adapters/dynamodb/keys.ts';
import { alertSubject, topPartition, topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { type DateRange, dateOf, datesIn } from '../../shared/domain/date-range.ts';
import type { LedgerEntry } from '../../shared/domain/ledger.ts';
import type { ServiceReport } from '../../shared/domain/reports/service-report.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { type CompileReportDeps, compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { meterRequests } from '../support/request-meter.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const USERS = ['anna', 'ben', 'carla', 'dora', 'emil'];
const RANGE = { from: '2033-05-11', to: '2033-05-12' };

let service: TestService;
let report: ServiceReport;
let marks: ActiveShards;
let meter: ReturnType<typeof meterRequests>;

beforeAll(async () => {
  service = await createTestService();
  meter = meterRequests(service.table.documentClient);
  marks = new ActiveShards({ client: service.table.documentClient, name: service.table.tableName });
  await service.createPlan('free', [{}, { feature: 'fax', limit: 50 }]);
  await service.createPlan('pro', [{ limit: 1_000 }, { feature: 'upload', limit: 1_000 }]);
  await useForSomeDays();
  await service.createPlan('free', [{}]);
  report = await compile();
});
afterAll(() => service.table.drop());

const at = (instant: string) => service.clock.freezeAt(instant);
const use = async (userId: string, amount: number, feature = 'aiRequest') => {
  expect((await consume(service, { userId, amounts: units(amount, feature) })).code).toBe('changed');
};

/**
 * Four days around two midnights; two users on a second plan, one who changes plans, a feature that plans
 * lose.
 */
async function useForSomeDays(): Promise<void> {
  at('2033-05-10T09:00:00Z');
  await setUserPlan(service, { userId: 'dora', planId: 'pro' });
  for (const userId of USERS) await use(userId, 3);
  at('2033-05-10T23:59:59.999Z');
  await use('anna', 7);
  at('2033-05-11T00:00:00.000Z');
  await use('anna', 11);
  await use('ben', 13);
  at('2033-05-11T23:59:59.999Z');
  await use('dora', 17, 'upload');
  await use('ben', 2, 'fax');
  at('2033-05-12T00:00:00.000Z');
  await use('ben', 19);
  await setUserPlan(service, { userId: 'ben', planId: 'pro' });
  await use('ben', 23);
  at('2033-05-12T23:59:59.999Z');
  await use('anna', 29);
  at('2033-05-13T00:00:00.000Z');
  await use('carla', 31);
  await service.project();
}

/** Denied calls, as counted by CloudWatch. */
const EXCEEDED = new Map([
  [
    'aiRequest',
    new Map([
      ['2033-05-10', 4],
      ['2033-05-12', 6],
    ]),
  ],
]);

function deps(overrides: Partial<CompileReportDeps> = {}): CompileReportDeps {
  return {
    topIndex: service.topIndex,
    plans: service.plans,
    figures: { exceeded: async () => EXCEEDED },
    onMissing: () => {},
    now: service.clock.now,
    ...overrides,
  };
}

async function compile(range: DateRange = RANGE, overrides: Partial<CompileReportDeps> = {}) {
  const outcome = await compileReport(deps(overrides), range);
  if (outcome.code !== 'compiled') throw new Error(outcome.code);
  return outcome.report;
}

/** The ledger's usage on days, grouped by `key`. */
async function ledgerSums(range: DateRange, key: (entry: LedgerEntry, feature: string) => string) {
  const sums = new Map<string, number>();
  for (const userId of USERS) {
    for (const entry of await service.ledger.newest(userId, 1_000)) {
      const date = dateOf(entry.at);
      if (date < range.from || date > range.to || entry.kind !== 'consume') continue;
      for (const [feature, amount] of entry.amounts) {
        sums.set(key(entry, feature), (sums.get(key(entry, feature)) ?? 0) + amount);
      }
    }
  }
  return Object.fromEntries([...sums].sort());
}

describe('a report', () => {
  it('sums up to the ledger, by feature', async () => {
    const rows = report.features.filter(({ used }) => used.value > 0);
    const used = Object.fromEntries(rows.map(({ feature, used: { value } }) => [feature, value]));
    expect(used).toEqual(await ledgerSums(RANGE, (_, feature) => feature));
    expect(used).toEqual({ aiRequest: 11 + 13 + 19 + 23 + 29, fax: 2, upload: 17 });
  });

  it('sums up to the ledger, by day and feature', async () => {
    const rows = report.days.flatMap(({ date, features }) =>
      features.map(({ feature, used }) => [`${date} ${feature}`, used] as const),
    );
    const used = Object.fromEntries(rows.filter(([, value]) => value > 0));
    expect(used).toEqual(await ledgerSums(RANGE, ({ at }, feature) => `${dateOf(at)} ${feature}`));
    expect(report.days.map(({ date, activeUsers }) => [date, activeUsers])).toEqual([
      ['2033-05-11', 3],
      ['2033-05-12', 2],
    ]);
  });

  it('counts every user once, and a day for the plan of its last change', () => {
    expect(report.activeUsers).toMatchObject({ value: 3, before: 5, change: -2, changePercent: -40 });
    expect(report.plans).toMatchObject([
      {
        planId: 'free',
        activeUsers: { value: 2 },
        features: [
          { feature: 'aiRequest', used: { value: 11 + 13 + 29, before: 4 * 3 + 7 } },
          { feature: 'fax', used: { value: 2 } },
        ],
      },
      {
        planId: 'pro',
        activeUsers: { value: 2, before: 1 },
        features: [
          { feature: 'aiRequest', used: { value: 19 + 23, before: 3 } },
          { feature: 'upload', used: { value: 17 } },
        ],
      },
    ]);
  });

  it('has features that the plans have lost, with zero before', () => {
    expect(report.features.find(({ feature }) => feature === 'fax')).toMatchObject({
      used: { value: 2, before: 0, change: 2, changePercent: null },
      activeUsers: { value: 1 },
    });
  });

  it('lists the top users, and the denied ones', () => {
    const [ai] = report.features;
    expect(ai?.top).toEqual([
      { userId: 'ben', used: 13 + 19 + 23, planId: 'pro' },
      { userId: 'anna', used: 11 + 29, planId: 'free' },
    ]);
    expect(ai?.exceeded).toEqual({ value: 6, before: 4, change: 2, changePercent: 50 });
  });

  it('marks figures as missing when the counts of denied calls are unavailable', async () => {
    const missing: unknown[] = [];
    const broken = { exceeded: () => Promise.reject(new Error('CloudWatch is away')) };
    const { features, days } = await compile(RANGE, {
      figures: broken,
      onMissing: (error) => missing.push(error),
    });
    expect(features.map(({ exceeded }) => exceeded)).toEqual([null, null, null]);
    expect(days[0]?.features[0]?.exceeded).toBeNull();
    expect(missing).toEqual([new Error('CloudWatch is away')]);
  });

  it('of days without usage is a report too', async () => {
    const { activeUsers, features, plans, alerts, days } = await compile(
      {
        from: '2033-01-01',
        to: '2033-01-02',
      },
      { figures: { exceeded: async () => new Map() } },
    );
    expect(activeUsers).toEqual({ value: 0, before: 0, change: 0, changePercent: 0 });
    expect({ features, plans, alerts }).toEqual({ features: [], plans: [], alerts: [] });
    expect(days.map(({ date }) => date)).toEqual(['2033-01-01', '2033-01-02']);
  });

  it('queries no empty shard, however many features the plans have had', async () => {
    const features = Array.from({ length: 20 }, (_, index) => ({ feature: `spare${index}`, limit: 1 }));
    await service.createPlan('wide', features);
    meter.take();
    const { activeUsers } = await compile({ from: '2033-04-13', to: '2033-05-12' });
    expect(activeUsers.value).toBe(5);
    const queries = meter.take().filter(({ command }) => command === 'QueryCommand').length;
    // The plans' own, one per feature and one for alerts; at most five users on three days, with three
    // features.
    const fixed = 1 + 3 + 23 + 1;
    expect(queries).toBeGreaterThan(fixed);
    expect(queries).toBeLessThanOrEqual(fixed + 5 * 3 * 3);
  });

  it('of today is marked as incomplete', async () => {
    expect(report.isComplete).toBe(true);
    expect((await compile({ from: '2033-05-13', to: '2033-05-13' })).isComplete).toBe(false);
  });

  it('counts alerts by level and feature', async () => {
    const raise = async (userId: string, date: string, counter: string, level: string) => {
      await marks.set(ALERTS, date, topShard(userId));
      await service.table.documentClient.send(
        new UpdateCommand({
          TableName: service.table.tableName,
          Key: { pk: accountKey(userId).pk, sk: `ALERT#2033-05-01T00:00:00.000Z#${counter}#${level}` },
          UpdateExpression: 'SET #top = :top, used = :at',
          ExpressionAttributeNames: { '#top': 'top' },
          ExpressionAttributeValues: {
            ':top': topPartition(alertSubject(date), topShard(userId)),
            ':at': Date.parse(date),
          },
        }),
      );
    };
    await raise('anna', '2033-05-11', 'aiRequest/month', 'warning');
    await raise('ben', '2033-05-12', 'aiRequest/month', 'warning');
    await raise('ben', '2033-05-10', 'aiRequest/month', 'exhausted');
    const { alerts, days } = await compile();
    expect(alerts).toEqual([
      {
        feature: 'aiRequest',
        level: 'exhausted',
        count: { value: 0, before: 1, change: -1, changePercent: -100 },
      },
      {
        feature: 'aiRequest',
        level: 'warning',
        count: { value: 2, before: 0, change: 2, changePercent: null },
      },
    ]);
    expect(days.map((day) => day.alerts)).toEqual([1, 1]);
  });
});

describe('a report that would take too long', () => {
  it('is refused before any read, with the days that fit', async () => {
    // 16 partitions a day, for 20 days: the requested ones, and as many before.
    for (const date of datesIn({ from: '2034-03-01', to: '2034-03-20' })) {
      await Promise.all(Array.from({ length: 16 }, (_, shard) => marks.set('upload', date, shard)));
    }
    const range = { from: '2034-03-11', to: '2034-03-20' };
    const outcome = async (maxQueries: number) => {
      meter.take();
      const { code, ...rest } = await compileReport(deps(), range, { maxQueries });
      const queries = meter.take().length;
      return code === 'compiled' ? { code, queries } : { code, ...rest, queries };
    };
    const { queries } = await outcome(0);
    expect(await outcome(160)).toEqual({ code: 'range_too_large', maxDays: 5, queries });
    expect(await outcome(319)).toEqual({ code: 'range_too_large', maxDays: 9, queries });
    expect(await outcome(320)).toEqual({ code: 'compiled', queries: queries + 320 });
  });

  it('ends when its time is over', async () => {
    let asked = 0;
    const mayContinue = () => {
      asked += 1;
      return asked < 4;
    };
    expect(await compileReport(deps(), RANGE, { mayContinue })).toEqual({ code: 'out_of_time' });
  });
});
