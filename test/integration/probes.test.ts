import { afterAll, beforeAll, expect, test } from 'vitest';
import { AccountScan } from '../../shared/adapters/dynamodb/account-scan.ts';
import { OutboxIndex } from '../../shared/adapters/dynamodb/outbox-index.ts';
import { PROBES } from '../../shared/contract.ts';
import { isUserId } from '../../shared/domain/user-id.ts';
import { monitorQuotas } from '../../shared/usecases/alerts/monitor-quotas.ts';
import { rollOutPlan } from '../../shared/usecases/plans/roll-out-plan.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { compileReport } from '../../shared/usecases/reports/compile-report.ts';
import { topUsers } from '../../shared/usecases/reports/top-users.ts';
import { jobContext } from '../support/jobs.ts';
import { notificationDeps } from '../support/published.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

const DAY = '2033-05-10';
/** One on the plan of probes, and one that was given a plan that the product sells. */
const PROBE = `${PROBES.userPrefix}one`;
const SUBSCRIBED = `${PROBES.userPrefix}two`;
const { scarce } = PROBES.features;

let service: TestService;

const use = async (userId: string, amount: number, feature = 'aiRequest') =>
  (await consume(service, { userId, amounts: units(amount, feature) })).code;

beforeAll(async () => {
  service = await createTestService();
  service.clock.freezeAt(`${DAY}T09:00:00Z`);
  await service.createPlan('pro', [{ limit: 1_000 }]);
  for (const userId of ['anna', SUBSCRIBED]) {
    await setUserPlan(service, { userId, planId: 'pro' });
    expect(await use(userId, 1_000)).toBe('changed');
  }
  expect(await use(PROBE, PROBES.limits.scarce, scarce)).toBe('changed');
  await service.project();
});
afterAll(() => service.table.drop());

const table = () => ({ client: service.table.documentClient, name: service.table.tableName });
const reportDeps = () => ({
  topIndex: service.topIndex,
  plans: service.plans,
  figures: { exceeded: async () => new Map() },
  onMissing: () => {},
  now: service.clock.now,
});

test('a probe has a valid user id', () => {
  expect(isUserId(PROBE)).toBe(true);
});

test('a probe has a plan of its own, whose limits deny', async () => {
  expect((await service.account(PROBE)).plan).toEqual({ id: PROBES.planId, version: 1 });
  expect(await use(PROBE, 1, scarce)).toBe('denied');
  expect(await use(PROBE, 1)).toBe('denied');
  expect(await use('carla', 1, scarce)).toBe('denied');
});

test('no list has the plan of probes', async () => {
  const ids = (await service.plans.list()).map(({ id }) => id);
  expect(ids).toEqual(['free', 'pro']);
  expect((await service.plans.page(10)).items.map(({ id }) => id)).toEqual(ids);
});

test('its ledger is complete', async () => {
  await service.expectLedgerToBalance();
  expect((await service.ledger.newest(SUBSCRIBED, 10)).map(({ kind }) => kind)).toEqual(['consume', 'plan']);
});

test('no report counts a probe', async () => {
  const outcome = await compileReport(reportDeps(), { from: DAY, to: DAY });
  if (outcome.code !== 'compiled') throw new Error(outcome.code);
  const { activeUsers, features, alerts } = outcome.report;
  expect(activeUsers.value).toBe(1);
  expect(features.map(({ feature, used, top }) => [feature, used.value, top.length])).toEqual([
    ['aiRequest', 1_000, 1],
  ]);
  expect(alerts.every(({ count }) => count.value === 1)).toBe(true);
});

test.each(['aiRequest', scarce])('the top list of %s has no probe', async (feature) => {
  for (const period of [DAY, DAY.slice(0, 7)]) {
    const found = await topUsers(service, { feature, period, limit: 10 });
    expect(found.map(({ userId }) => userId)).toEqual(feature === 'aiRequest' ? ['anna'] : []);
  }
});

test('no alert, event or notice is about a probe', async () => {
  expect((await service.alerts.list(SUBSCRIBED, 10)).items).toEqual([]);
  expect((await service.alerts.list('anna', 10)).items).not.toEqual([]);
  expect(JSON.stringify(service.published)).not.toContain(PROBES.userPrefix);
});

test('the monitor leaves probes out, also by name', async () => {
  const deps = {
    ...service,
    ...notificationDeps(table(), service.published),
    planCatalogue: service.plans,
    outboxIndex: new OutboxIndex(table()),
  };
  let processed = 0;
  for (let hour = 0; hour < 8; hour += 1) {
    const { counts } = await monitorQuotas(deps, {}, jobContext());
    processed += counts.processed;
    service.clock.advanceMs(3_600_000);
  }
  // Once an hour as an active user, and once in eight hours as one with an open period.
  expect(processed).toBe(8 + 1);
  const { counts } = await monitorQuotas(deps, { userId: SUBSCRIBED }, jobContext());
  expect(counts).toMatchObject({ processed: 0, raised: 0 });
  expect(JSON.stringify(service.published)).not.toContain(PROBES.userPrefix);
});

test('a rollout of a plan counts no probe, which adopts the version by itself', async () => {
  await service.createPlan('pro', [{ limit: 2_000 }]);
  const { counts } = await rollOutPlan(
    { ...service, sleep: async () => {}, accountScan: new AccountScan(table()) },
    { planId: 'pro' },
    jobContext(),
  );
  expect(counts).toMatchObject({ processed: 1, moved: 1 });
  expect(await use(SUBSCRIBED, 1)).toBe('changed');
});
