import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { usageView } from '../../functions/http/responses/usage-view.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { publishReport } from '../../shared/usecases/reports/publish-report.ts';
import { reportUsage } from '../../shared/usecases/reports/report-usage.ts';
import { createTestService, type TestService } from '../support/service.ts';

const ZONE = 'Asia/Kolkata';
/** 00:00 of 6 May there. */
const MIDNIGHT = Date.parse('2033-05-05T18:30:00Z');

const userId = randomUUID();
let service: TestService;
const deps = () => ({
  ...service,
  reportTimeZone: ZONE,
  figures: { exceeded: async () => new Map() },
  onMissing: () => {},
});
beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('both', [
    { feature: 'aiRequest', limit: 100, interval: 'month' },
    { feature: 'storage', limit: 100, interval: 'never' },
  ]);
  service.clock.freezeAt(MIDNIGHT - 60_000);
  await setUserPlan(service, { userId, planId: 'both' });
  const use = (feature: string, amount: number) =>
    consume(service, { userId, amounts: new Map([[feature, amount]]) });
  service.clock.freezeAt(MIDNIGHT - 1);
  await use('aiRequest', 5);
  await use('storage', 20);
  service.clock.freezeAt(MIDNIGHT);
  await use('aiRequest', 7);
  await use('storage', 30);
  await projectChanges(deps(), await service.stream.changes());
});
afterAll(() => service.table.drop());

test("a day of the report begins and ends in its readers' time zone", async () => {
  for (const [date, used, stored] of [
    ['2033-05-05', 5, 20],
    ['2033-05-06', 7, 50],
  ] as const) {
    const outcome = await compileReport(deps(), { from: date, to: date });
    expect(outcome).toMatchObject({
      report: {
        timeZone: ZONE,
        isComplete: date === '2033-05-05',
        features: [
          { feature: 'aiRequest', used: { value: used } },
          { feature: 'storage', used: { value: stored }, peak: stored },
        ],
      },
    });
  }
});

test("a user's days are the same days", async () => {
  const range = { from: '2033-05-05', to: '2033-05-06' };
  const view = usageView(await reportUsage(deps(), { userId, ...range }), range);
  expect(view.features).toMatchObject([
    {
      type: 'aiRequest',
      used: 12,
      days: [
        { date: '2033-05-05', used: 5 },
        { date: '2033-05-06', used: 7 },
      ],
    },
    { type: 'storage', used: 50, days: [{ used: 20 }, { used: 50 }] },
  ]);
});

test("the daily report covers the readers' yesterday", async () => {
  const saved: string[] = [];
  const report = {
    ...deps(),
    archiveProgress: { read: async () => ({ cutoffs: {}, walked: {}, batch: undefined }) },
    bucket: {
      save: async ({ key }: { readonly key: string }) => void saved.push(key),
      linksTo: () => ({ console: '', address: '' }),
    },
    notices: { publishAll: async () => [true] },
    render: () => [{ format: 'json', contentType: 'application/json', text: '{}' }],
  };
  await publishReport(report, {}, { mayContinue: () => true });
  service.clock.freezeAt(MIDNIGHT - 1);
  await publishReport(report, {}, { mayContinue: () => true });
  expect(saved).toEqual(['reports/usage/2033/05/05.json', 'reports/usage/2033/05/04.json']);
});
