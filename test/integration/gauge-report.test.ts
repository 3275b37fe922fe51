import { SeededRandom } from 'stripe-simulator/seeded-random';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportCsv } from '../../functions/http/responses/report/report-csv.ts';
import { reportPage } from '../../functions/http/responses/report/report-page.ts';
import { addDays, dateOf, datesIn } from '../../shared/domain/date-range.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { createTestService, type TestService } from '../support/service.ts';

const FIRST = '2033-05-01';
const DAYS = 9;
const MEGABYTE = 1_000_000;

/** A user's stored amount on a day, by the oracle. */
interface Level {
  stored: number;
  peak: number;
}

let service: TestService;
/** User → date → level, for every day. */
const levels = new Map<string, Map<string, Level>>();
beforeAll(async () => {
  service = await createTestService();
  const limits = [
    { feature: 'storage', limit: 9_000 * MEGABYTE, interval: 'never' },
    { feature: 'aiRequest', limit: 100, interval: 'month' },
  ] as const;
  for (const id of ['basic', 'plus']) await service.createPlan(id, limits);
  await storeAtRandom(new SeededRandom(89));
  await service.project();
});
afterAll(() => service.table.drop());

/** Some users store and delete on some days; the last two store once and are idle since. */
async function storeAtRandom(random: SeededRandom): Promise<void> {
  const users = Array.from({ length: 8 }, (_, index) => `user-${index}`);
  for (const userId of users) levels.set(userId, new Map());
  for (const [day, date] of datesIn({ from: FIRST, to: addDays(FIRST, DAYS - 1) }).entries()) {
    service.clock.freezeAt(Date.parse(date) + 3_600_000);
    for (const [index, userId] of users.entries()) {
      if (day === 0) await setUserPlan(service, { userId, planId: index % 2 === 0 ? 'basic' : 'plus' });
      const stored = levels.get(userId)?.get(addDays(date, -1))?.stored ?? 0;
      const level = { stored, peak: stored };
      levels.get(userId)?.set(date, level);
      const isIdle = index >= users.length - 2 ? day !== 1 : random.chance(0.5);
      if (isIdle) continue;
      await change(random, userId, level);
    }
  }
}

async function change(random: SeededRandom, userId: string, level: Level): Promise<void> {
  for (let step = 0; step < 3; step += 1) {
    const isRelease = level.stored > 0 && random.chance(0.5);
    const amount = 1 + random.below(isRelease ? level.stored : 100 * MEGABYTE);
    const request = { userId, amounts: new Map([['storage', amount]]) };
    const { code } = isRelease ? await release(service, request) : await consume(service, request);
    expect(code).toBe('changed');
    level.stored += isRelease ? -amount : amount;
    level.peak = Math.max(level.peak, level.stored);
  }
}

const sum = (date: string, of: keyof Level) =>
  [...levels.values()].reduce((total, days) => total + (days.get(date)?.[of] ?? 0), 0);

async function report(from: string, to: string) {
  const figures = { exceeded: async () => new Map() };
  const outcome = await compileReport({ ...service, figures, onMissing: () => {} }, { from, to });
  if (outcome.code !== 'compiled') throw new Error(outcome.code);
  return outcome.report;
}

test.each([
  [FIRST, 0, 0],
  [FIRST, 2, 4],
  [FIRST, 5, 5],
  [FIRST, 0, DAYS - 1],
  [FIRST, DAYS - 1, DAYS - 1],
])(
  'of days %s +%i to +%i, what all users stored at the end of each, and the peaks',
  async (first, from, to) => {
    const range = { from: addDays(first, from), to: addDays(first, to) };
    const { features, days, plans, before } = await report(range.from, range.to);
    const storage = features.find(({ feature }) => feature === 'storage');
    expect(storage?.used).toMatchObject({ value: sum(range.to, 'stored'), before: sum(before.to, 'stored') });
    expect(storage?.peak).toBe(Math.max(...datesIn(range).map((date) => sum(date, 'peak'))));
    for (const { date, features: ofDay } of days) {
      const one = ofDay.find(({ feature }) => feature === 'storage');
      expect([one?.used, one?.peak], date).toEqual([sum(date, 'stored'), sum(date, 'peak')]);
    }
    const byPlan = plans.flatMap((plan) => plan.features.map(({ used }) => used.value));
    expect(byPlan.reduce((total, value) => total + value, 0)).toBe(sum(range.to, 'stored'));
    const largest = [...levels].map(([userId, ofUser]) => ({
      userId,
      used: ofUser.get(range.to)?.stored ?? 0,
    }));
    const expected = largest.filter(({ used }) => used > 0).sort((a, b) => b.used - a.used);
    expect(storage?.top.map(({ userId, used }) => ({ userId, used }))).toEqual(expected);
  },
);

test('bytes have their unit, in the page and in the table', async () => {
  const last = dateOf(service.now());
  const one = await report(last, last);
  const stored = sum(last, 'stored');
  const page = reportPage({ headline: one, detail: one });
  expect(page).toContain('Storage stored');
  expect(page).toContain(`title="${stored.toLocaleString('en')} bytes"`);
  expect(page).toMatch(/peak [\d.]+ (MB|GB)/);
  const lines = reportCsv([one]).split('\r\n');
  expect(lines).toContain(
    `${last},${last},feature,,storage,,,,stored,${stored},${sum(addDays(last, -1), 'stored')},bytes`,
  );
  expect(lines).toContain(`${last},${last},feature,,storage,,,,peak,${sum(last, 'peak')},,bytes`);
});
