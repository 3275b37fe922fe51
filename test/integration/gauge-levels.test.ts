import { randomUUID } from 'node:crypto';
import { SeededRandom } from 'stripe-simulator/seeded-random';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { usageView } from '../../functions/http/responses/usage-view.ts';
import type { LevelRollup } from '../../shared/domain/gauge-level.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { reportUsage } from '../../shared/usecases/reports/report-usage.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;
beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('files', [{ feature: 'storage', limit: 1_000, interval: 'never' }]);
});
afterAll(() => service.table.drop());
beforeEach(async () => {
  userId = randomUUID();
  service.clock.freezeAt(Date.UTC(2033, 4, 5, 6));
  await setUserPlan(service, { userId, planId: 'files' });
});

const bytes = (amount: number) => ({ userId, amounts: new Map([['storage', amount]]) });
const usage = async (from: string, to: string) => {
  const range = { from, to };
  const view = usageView(await reportUsage(service, { userId, ...range }), range);
  return view.features.find(({ type }) => type === 'storage');
};

test('a gauge shows its level from day to day and the peak, not the sum of uploads', async () => {
  await consume(service, bytes(100));
  await release(service, bytes(60));
  await consume(service, bytes(20));
  service.clock.freezeAt(Date.UTC(2033, 4, 7, 6));
  await release(service, bytes(50));
  service.clock.freezeAt(Date.UTC(2033, 4, 9, 6));
  await service.project();
  expect(await usage('2033-05-04', '2033-05-09')).toMatchObject({
    used: 10,
    peak: 100,
    days: [
      { date: '2033-05-05', used: 60, peak: 100 },
      { date: '2033-05-06', used: 60, peak: 60 },
      { date: '2033-05-07', used: 10, peak: 60 },
      { date: '2033-05-08', used: 10, peak: 10 },
      { date: '2033-05-09', used: 10, peak: 10 },
    ],
  });
  // A range that ends before later changes.
  expect(await usage('2033-05-06', '2033-05-06')).toMatchObject({ used: 60, peak: 60 });
});

test('a peak outlasts the batches of the stream that come after it', async () => {
  await consume(service, bytes(100));
  await service.project();
  await release(service, bytes(60));
  await service.usage.setLevel({
    userId,
    feature: 'storage',
    date: '2033-05-05',
    opening: 100,
    stored: 40,
    peak: 100,
    firstVersion: 3,
    version: 3,
  });
  await service.usage.setLevel({
    userId,
    feature: 'storage',
    date: '2033-05-05',
    opening: 40,
    stored: 50,
    peak: 50,
    firstVersion: 4,
    version: 4,
  });
  const range = { from: '2033-05-05', to: '2033-05-05' };
  expect(await service.usage.levels(userId, 'storage', range)).toEqual([
    { date: '2033-05-05', opening: 0, stored: 50, peak: 100, version: 4 },
  ]);
});

test('a level persists, also in a range without changes, and no future is shown', async () => {
  await consume(service, bytes(70));
  service.clock.freezeAt(Date.UTC(2033, 6, 20, 6));
  await service.project();
  expect(await usage('2033-07-19', '2033-07-25')).toMatchObject({
    used: 70,
    peak: 70,
    days: [
      { date: '2033-07-19', used: 70, peak: 70 },
      { date: '2033-07-20', used: 70, peak: 70 },
    ],
  });
});

test.each([1, 2, 3, 4, 5, 6])(
  'however stream batches are cut, repeated and reordered, a day has the same figures (seed %i)',
  async (seed) => {
    const random = new SeededRandom(seed);
    let stored = random.below(50);
    const day = { userId, feature: 'storage', date: '2033-05-05' } as const;
    const changes = Array.from({ length: 12 }, (_, index): LevelRollup => {
      const opening = stored;
      stored = random.below(100);
      return {
        ...day,
        opening,
        stored,
        peak: Math.max(opening, stored),
        firstVersion: index + 1,
        version: index + 1,
      };
    });
    const merged = (some: readonly LevelRollup[]): LevelRollup[] => {
      const [first, last] = [some[0], some.at(-1)];
      if (!first || !last) return [];
      const peak = Math.max(...some.map((one) => one.peak));
      return [{ ...last, opening: first.opening, firstVersion: first.firstVersion, peak }];
    };
    const cut = 1 + random.below(10);
    const parts = [...merged(changes.slice(0, cut)), ...merged(changes.slice(cut))];
    // One more full pass would correct errors of the parts.
    const batches = seed % 2 === 0 ? [...parts, ...merged(changes)] : [...parts, ...parts];
    const order = batches.map((batch) => ({ batch, at: random.next() })).sort((a, b) => a.at - b.at);
    for (const { batch } of order) await service.usage.setLevel(batch);
    const [expected] = merged(changes);
    expect(await service.usage.levels(userId, 'storage', { from: day.date, to: day.date })).toEqual([
      {
        date: day.date,
        opening: expected?.opening,
        stored: expected?.stored,
        peak: expected?.peak,
        version: 12,
      },
    ]);
  },
);
