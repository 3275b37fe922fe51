import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dayUsageKey, periodUsageKey } from '../../shared/adapters/dynamodb/keys.ts';
import { topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import type { Account } from '../../shared/domain/account.ts';
import { type LedgerEntry, sumLedger } from '../../shared/domain/ledger.ts';
import { ledgerFindings } from '../../shared/domain/ledger-audit.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reserve } from '../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../shared/usecases/quota/settle-reservation.ts';
import { seededRandom } from '../support/faulty-client.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('mixed', [
    { limit: 50, interval: 'day' },
    { limit: 500, interval: 'month' },
    { feature: 'storage', limit: 1_000, interval: 'never' },
  ]);
});
beforeEach(async () => {
  userId = randomUUID();
  await useForSomeDays();
});
afterEach(() => service.expectLedgerToBalance());
afterAll(() => service.table.drop());

/**
 * Three days of one user: consumes, gauges up and down, a reset, a hold confirmed in time and one a day late.
 */
async function useForSomeDays(): Promise<void> {
  const hold = async () =>
    (await reserve(service, { userId, amounts: units(7), ttlSeconds: 90_000 })).reservationId;
  service.clock.freezeAt('2033-05-10T20:00:00Z');
  await setUserPlan(service, { userId, planId: 'mixed' });
  for (let day = 0; day < 3; day += 1) {
    await consume(service, { userId, amounts: units(5) });
    service.clock.advanceMs(3_600_000);
    await consume(service, { userId, amounts: new Map(Object.entries({ aiRequest: 2, storage: 40 })) });
    await settleReservation(service, { userId, reservationId: await hold(), amount: 6 });
    await release(service, { userId, amounts: units(10, 'storage') });
    const late = await hold();
    if (day === 1) await resetQuota(service, { userId, features: ['aiRequest'] });
    await consume(service, { userId, amounts: units(3), idempotencyKey: `order-${day}` });
    service.clock.advanceMs(23 * 3_600_000);
    await settleReservation(service, { userId, reservationId: late, amount: 4 });
  }
}

const changesOf = async (): Promise<AccountChange[]> =>
  (await service.stream.changes()).filter(({ after }) => after.userId === userId);
const inBatches = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
const deliver = async (batch: readonly AccountChange[]) => {
  expect((await projectChanges(service.environment(), batch)).broken).toEqual([]);
};

/** The ledger balances, and the usage of every day and period equals the ledger's. */
async function expectEverythingToAgree(): Promise<void> {
  const account = await service.account(userId);
  const entries = await service.ledger.newest(userId, 1_000);
  expect(ledgerFindings(account, entries)).toEqual([]);
  await expectDaysToAgree(entries);
  await expectPeriodsToAgree(account, entries);
}

/** The ledger's usage of each day or hour: `precision` characters of the instant. */
function usedIn(entries: readonly LedgerEntry[], feature: string, precision: number): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { kind, at, amounts } of entries) {
    const amount = amounts.get(feature) ?? 0;
    if (amount === 0 || (kind !== 'consume' && kind !== 'confirm')) continue;
    const time = new Date(at).toISOString().slice(0, precision);
    sums.set(time, (sums.get(time) ?? 0) + amount);
  }
  return new Map([...sums].sort());
}

async function expectDaysToAgree(entries: readonly LedgerEntry[]): Promise<void> {
  for (const feature of ['aiRequest', 'storage']) {
    const sums = usedIn(entries, feature, '2033-05-10'.length);
    const days = await service.usage.days(userId, feature, '2033-01-01', '2033-12-31');
    expect(new Map(days.map(({ date, used }) => [date, used])), feature).toEqual(sums);
    expect(sums.size).toBeGreaterThan(0);
    const hours = days.flatMap((day) =>
      [...(day.hours ?? [])].map(([hour, used]): [string, number] => [
        `${day.date}T${String(hour).padStart(2, '0')}`,
        used,
      ]),
    );
    expect(new Map(hours), feature).toEqual(usedIn(entries, feature, '2033-05-10T20'.length));
    expect(hours.length).toBeGreaterThan(feature === 'aiRequest' ? days.length : 0);
    for (const { date, used } of days) {
      const found = await service.topIndex.largestOfDay(feature, date, topShard(userId), 100);
      // A gauge's level has tests of its own.
      const own = found.filter((entry) => entry.userId === userId).map(({ level: _, ...entry }) => entry);
      expect(own, date).toEqual([
        { userId, item: dayUsageKey(userId, feature, date).sk, used, planId: 'mixed' },
      ]);
    }
  }
}

async function expectPeriodsToAgree(account: Account, entries: readonly LedgerEntry[]): Promise<void> {
  const late = entries.flatMap((entry) => entry.late ?? []);
  expect(late.length).toBeGreaterThan(0);
  for (const [key, { used }] of sumLedger(entries)) {
    const [feature = '', interval = '', periodStart] = key.split('/');
    const start = Number(periodStart);
    const isDay = interval === 'day';
    const open = account.counters.get(feature)?.find((counter) => counter.periodStart === start);
    const end = open?.periodEnd ?? start + (isDay ? 24 * 3_600_000 : 0);
    const Key = periodUsageKey(userId, feature, interval, end);
    const { Item } = await service.table.documentClient.send(
      new GetCommand({ TableName: service.table.tableName, Key: { ...Key }, ConsistentRead: true }),
    );
    expect(Item?.used ?? 0, key).toBe(used);
    const lateUse = late.filter((use) => use.interval === interval && use.periodEnd === end);
    const noted = Object.entries(Item ?? {}).filter(([name]) => name.startsWith('late#'));
    expect(noted.map(([, amount]) => amount)).toEqual(lateUse.map(({ amount }) => amount));
  }
}

describe('Nothing lost', () => {
  it('delivered once, in batches of any size', async () => {
    for (const batch of inBatches(await changesOf(), 4)) await deliver(batch);
    await expectEverythingToAgree();
  });

  it('delivered again and again, each batch and the whole', async () => {
    const changes = await changesOf();
    for (const batch of inBatches(changes, 5)) {
      await deliver(batch);
      await deliver(batch);
    }
    await deliver(changes);
    await expectEverythingToAgree();
  });

  it('the same batches twice at once', async () => {
    const batches = inBatches(await changesOf(), 3);
    const all = async () => {
      for (const batch of batches) await deliver(batch);
    };
    await Promise.all([all(), all(), all()]);
    await expectEverythingToAgree();
  });

  it.each([1, 2, 3, 4])('batches out of order, parts of them again: shuffle %i', async (seed) => {
    const random = seededRandom(seed);
    const changes = await changesOf();
    const batches = inBatches(changes, 3);
    const shuffled = batches.map((batch) => ({ batch, at: random() })).sort((a, b) => a.at - b.at);
    for (const { batch } of shuffled) {
      await deliver(batch.slice(0, 1 + Math.floor(random() * batch.length)));
      await deliver(batch);
    }
    await expectEverythingToAgree();
  });

  it('around midnight, by environments whose clocks differ by almost a second', async () => {
    userId = randomUUID();
    service.clock.freezeAt('2033-05-10T21:30:00Z');
    await setUserPlan(service, { userId, planId: 'mixed' });
    await consume(service, { userId, amounts: units(2) });
    service.clock.freezeAt('2033-05-10T23:59:59.400Z');
    const [late, ahead] = [0, 900].map((aheadMs) =>
      service.environment({ now: () => service.now() + aheadMs }),
    );
    if (!late || !ahead) throw new Error('two environments were made');
    for (const from of [late, ahead, late, ahead, late, late, ahead]) {
      await consume(from, { userId, amounts: new Map(Object.entries({ aiRequest: 1, storage: 3 })) });
      service.clock.advanceMs(10);
    }
    for (const batch of inBatches(await changesOf(), 2)) await deliver(batch);
    const entries = await service.ledger.newest(userId, 1_000);
    await expectDaysToAgree(entries);
    expect(new Set(entries.map(({ at }) => new Date(at).toISOString().slice(0, 10))).size).toBe(2);
  });

  it('an interruption after any request of the projector: the retried batch completes it', async () => {
    const changes = await changesOf();
    for (let after = 1; after <= 10; after += 3) {
      let left = after;
      const dying = {
        append: async (entries: readonly LedgerEntry[]) => {
          left -= 1;
          await service.ledger.append(entries.slice(0, left));
          throw new Error('the projector was ended');
        },
        findRecords: service.ledger.findRecords.bind(service.ledger),
      };
      const deps = { ...service.environment(), ledger: dying };
      await expect(projectChanges(deps, changes)).rejects.toThrow('the projector was ended');
    }
    await deliver(changes);
    await expectEverythingToAgree();
  });

  it('a gap is reported, by its version, until it is filled', async () => {
    const changes = await changesOf();
    const [first = [], gap = [], ...rest] = inBatches(changes, 4);
    for (const batch of [first, ...rest]) await deliver(batch);
    const faults = async () =>
      ledgerFindings(await service.account(userId), await service.ledger.newest(userId, 1_000));
    expect(await faults()).not.toEqual([]);
    await deliver(gap);
    expect(await faults()).toEqual([]);
    await expectEverythingToAgree();
  });

  it('an inconsistent image, or one that skips a version, is reported', async () => {
    const [change] = (await changesOf()).slice(-1);
    if (!change) throw new Error('three days leave changes');
    const counters = new Map(change.after.counters);
    const [counter, ...others] = counters.get('aiRequest') ?? [];
    if (!counter) throw new Error('the plan has the feature');
    counters.set('aiRequest', [{ ...counter, remaining: counter.remaining + 1 }, ...others]);
    const contradicting = { before: change.before, after: { ...change.after, counters } };
    const { broken } = await projectChanges(service, [contradicting]);
    expect(broken).toHaveLength(1);
    const skipped = await projectChanges(service, [{ before: undefined, after: change.after }]);
    expect(skipped.broken).toEqual([expect.stringContaining('follows 0')]);
    await service.project();
  });
});
