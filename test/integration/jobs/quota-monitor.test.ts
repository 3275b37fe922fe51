import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { dueShard } from '../../../shared/adapters/dynamodb/account-codec.ts';
import { type AlertRecord, AlertStore } from '../../../shared/adapters/dynamodb/alert-store.ts';
import { OutboxIndex } from '../../../shared/adapters/dynamodb/outbox-index.ts';
import { topShard } from '../../../shared/adapters/dynamodb/top-partition.ts';
import { usageAlert } from '../../../shared/domain/alert.ts';
import { type AccountChange, rollUp } from '../../../shared/domain/rollup.ts';
import { DEFAULT_THRESHOLDS } from '../../../shared/domain/threshold.ts';
import { type MonitorQuotasDeps, monitorQuotas } from '../../../shared/usecases/alerts/monitor-quotas.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import { resetQuota } from '../../../shared/usecases/quota/reset-quota.ts';
import { faultyClient } from '../../support/faulty-client.ts';
import { jobContext } from '../../support/jobs.ts';
import { notificationDeps } from '../../support/published.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const NOW = '2033-05-03T12:30:00Z';

let service: TestService;
let deps: MonitorQuotasDeps;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  const table = { client: service.table.documentClient, name: service.table.tableName };
  const notifications = notificationDeps(table, service.published);
  deps = { ...service, ...notifications, planCatalogue: service.plans, outboxIndex: new OutboxIndex(table) };
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt(NOW);
});
afterAll(() => service.table.drop());

const use = (amount: number) => consume(service, { userId, amounts: units(amount) });
const changesOf = async (): Promise<AccountChange[]> =>
  (await service.stream.changes()).filter(({ after }) => after.userId === userId);
/** Like a projector that records usage and raises no alert. */
const missAlerts = async () => {
  for (const day of rollUp(await changesOf()).days) await service.usage.setDay(day);
};
/** Raises alerts whose notifications all fail. */
const projectUnpublished = async () => {
  const table = { client: service.table.documentClient, name: service.table.tableName };
  await projectChanges(
    { ...service, ...notificationDeps(table, service.published, () => false) },
    await changesOf(),
  );
};
const monitor = (more: Partial<Parameters<typeof jobContext>[0]> = {}) =>
  monitorQuotas(deps, {}, jobContext(more));
const publishedEvents = () =>
  service.published.events
    .map(({ type, detail }) => ({
      ...(detail as { userId: string; level?: string; periodStart?: string }),
      type,
    })) // every detail names its user
    .filter((event) => event.userId === userId);

test('a level that the stream missed is raised and published, once', async () => {
  await use(85);
  await missAlerts();
  await monitor();
  await monitor();
  expect(publishedEvents()).toMatchObject([{ type: 'quota.threshold_crossed', level: 'warning', used: 85 }]);
  await projectChanges(service.environment(), await changesOf());
  expect(publishedEvents()).toHaveLength(1);
});

test('a fall that the stream missed is published, once', async () => {
  await use(85);
  await projectChanges(service.environment(), await changesOf());
  await resetQuota(service, { userId });
  await monitor();
  await monitor();
  expect(publishedEvents().map(({ type }) => type)).toEqual(['quota.threshold_crossed', 'quota.recovered']);
});

test('a fall that the stream missed is published, however many alerts of later periods exist', async () => {
  await use(85);
  await projectChanges(service.environment(), await changesOf());
  for (const record of await raiseLater(101)) await deps.alerts.markPublished(record, 'raised');
  await resetQuota(service, { userId });
  await monitorQuotas(deps, { userId }, jobContext());
  expect(publishedEvents().at(-1)).toMatchObject({
    type: 'quota.recovered',
    periodStart: '2033-05-01T00:00:00.000Z',
  });
});

test('a level reached again in its period is raised again if the stream missed it, once', async () => {
  await use(85);
  await projectChanges(service.environment(), await changesOf());
  await resetQuota(service, { userId });
  await projectChanges(service.environment(), await changesOf());
  await use(85);
  await monitorQuotas(deps, { userId }, jobContext());
  expect(publishedEvents().map(({ type }) => type)).toEqual([
    'quota.threshold_crossed',
    'quota.recovered',
    'quota.reset',
    'quota.threshold_crossed',
  ]);
  expect(await alertQueries()).toEqual(['BatchGetCommand']);
  await projectChanges(service.environment(), await changesOf());
  expect(publishedEvents().filter(({ type }) => type === 'quota.threshold_crossed')).toHaveLength(2);
});

test('a fall to a lower level that the stream missed names that level, which is not raised too', async () => {
  await use(100);
  await projectChanges(service.environment(), await changesOf());
  await grantQuota(service, { userId, feature: 'aiRequest', amount: 20, reason: 'sorry' });
  await monitorQuotas(deps, { userId }, jobContext());
  await monitorQuotas(deps, { userId }, jobContext());
  await projectChanges(service.environment(), await changesOf());
  expect(publishedEvents()).toMatchObject([
    { type: 'quota.exhausted' },
    { type: 'quota.recovered', level: 'exhausted', recoveredTo: 'warning' },
  ]);
  const { items } = await service.alerts.list(userId, 10);
  expect(items.map(({ alert, recovery }) => [alert.level, recovery !== undefined])).toEqual([
    ['warning', false],
    ['exhausted', true],
  ]);
});

test('a failed notification is published once publishing works, then never again', async () => {
  await use(100);
  await resetQuota(service, { userId });
  await projectUnpublished();
  await monitor();
  expect(publishedEvents()).toEqual([]);
  service.clock.advanceMs(11_000);
  await monitor();
  await monitor();
  const types = publishedEvents().map(({ type }) => type);
  expect(types.sort()).toEqual(['quota.exhausted', 'quota.recovered', 'quota.reset']);
  const left = await Promise.all(
    Array.from({ length: 16 }, (_, shard) => deps.outboxIndex.untold(shard, service.now() + 60_000, 100)),
  );
  expect(left.flatMap(({ events, alerts }) => [...events, ...alerts])).toEqual([]);
});

test('a user far above their own earlier days gets one alert, with the figures that explain it', async () => {
  await use(60);
  await missAlerts();
  for (let back = 1; back <= 14; back += 1) await usedDaysAgo(back, 5 + (back % 3));
  await monitor();
  await monitor();
  const anomalies = publishedEvents().filter(({ type }) => type === 'quota.anomaly_detected');
  expect(anomalies).toMatchObject([
    {
      level: 'anomaly',
      anomaly: { date: '2033-05-03', span: 'day', value: 60, median: 6, mad: 1, days: 14 },
    },
  ]);
});

test('a quota that will not last until its reset is reported once in its period', async () => {
  // The user's first day.
  service.clock.freezeAt('2033-05-06T00:00:00Z');
  await use(25);
  service.clock.freezeAt('2033-05-11T00:00:00Z');
  await use(25);
  await missAlerts();
  await monitor();
  service.clock.advanceMs(3_600_000);
  await monitor();
  expect(publishedEvents()).toMatchObject([
    { type: 'quota.forecast', exhaustsAt: '2033-05-16T00:00:00.000Z' },
  ]);
  const message = service.published.notices.find(({ subject }) => subject.includes(userId));
  expect(message?.text).toContain('At this pace the rest is used up on 2033-05-16T00:00:00.000Z');
});

test('a run that is cut short continues', async () => {
  await use(85);
  await missAlerts();
  const checkpoints: (string | undefined)[] = [];
  let left = 5;
  const progress = (_counts: object, checkpoint?: string) => void checkpoints.push(checkpoint);
  const first = await monitor({ mayContinue: () => left-- > 0, progress });
  expect(first.isComplete).toBe(false);
  const rest = await monitor({ checkpoint: checkpoints.at(-1) });
  expect(rest.isComplete).toBe(true);
  expect(publishedEvents()).toHaveLength(1);
});

test('a run covers all shards once, wherever it begins', async () => {
  for (const checkpoint of ['4', '16']) {
    userId = userWhere((id) => topShard(id) === 3 && !hasTurn(id));
    await use(85);
    await missAlerts();
    const checkpoints: (string | undefined)[] = [];
    const run = await monitor({ checkpoint, progress: (_, next) => void checkpoints.push(next) });
    expect(run.isComplete).toBe(true);
    expect(publishedEvents(), `from ${checkpoint}`).toMatchObject([{ level: 'warning' }]);
    expect(new Set(checkpoints).size).toBe(16);
    expect(checkpoints.at(-1)).toBe(String(Number(checkpoint) % 16));
  }
});

test('without recorded usage, a level is found in the user’s hour of the rotation, one of eight', async () => {
  userId = userWhere((id) => !hasTurn(id));
  await use(85);
  await monitor();
  expect(publishedEvents()).toEqual([]);
  let waited = 0;
  for (; !hasTurn(userId); waited += 1) service.clock.advanceMs(3_600_000);
  await monitor();
  expect(publishedEvents()).toMatchObject([{ type: 'quota.threshold_crossed', level: 'warning' }]);
  expect(waited).toBeLessThan(8);
});

test('all pending notifications are published in one run; while publishing fails, few are tried', async () => {
  await leavePending(205);
  const table = { client: service.table.documentClient, name: service.table.tableName };
  const failing = { ...deps, ...notificationDeps(table, service.published, () => false) };
  const { counts } = await monitorQuotas(failing, {}, jobContext());
  expect(counts).toMatchObject({ told: 0, untold: 200 });
  service.clock.advanceMs(11_000);
  await monitor();
  expect(new Set(publishedEvents().map(({ periodStart }) => periodStart)).size).toBe(205);
});

test('one user alone may be checked', async () => {
  await use(85);
  await monitorQuotas(deps, { userId }, jobContext());
  expect(publishedEvents()).toMatchObject([{ level: 'warning' }]);
});

test('one user alone is compared with their own days too', async () => {
  await use(60);
  await missAlerts();
  for (let back = 1; back <= 14; back += 1) await usedDaysAgo(back, 5 + (back % 3));
  await monitorQuotas(deps, { userId }, jobContext());
  expect(publishedEvents()).toMatchObject([
    { type: 'quota.anomaly_detected', anomaly: { value: 60, median: 6 } },
  ]);
});

// The last: a walk reads every feature of the catalogue.
test('an account with more counters than one request can name has each checked', async () => {
  const features = Array.from({ length: 40 }, (_, index) => `feature${index}`);
  const plan = await service.createPlan(
    'wide',
    features.map((feature) => ({ feature, limit: 100 })),
  );
  await setUserPlan(service, { userId, planId: plan.id });
  for (const feature of features) await consume(service, { userId, amounts: units(85, feature) });
  await monitorQuotas(deps, { userId }, jobContext());
  expect(publishedEvents()).toHaveLength(40);
  expect(await alertQueries()).toEqual(['BatchGetCommand', 'BatchGetCommand']);
});

/** A new user's id that fits. */
function userWhere(fits: (userId: string) => boolean): string {
  for (;;) {
    const id = randomUUID();
    if (fits(id)) return id;
  }
}

/** Whether it is the hour in which every user of the shard is checked, active or not. */
function hasTurn(id: string): boolean {
  return Math.floor(service.now() / 3_600_000) % 8 === dueShard(id) % 8;
}

/** The alert queries that a check of the user sends to the table. */
async function alertQueries(): Promise<string[]> {
  const commands: string[] = [];
  const client = faultyClient(service.table.documentClient, ({ command }) => void commands.push(command));
  const alerts = new AlertStore({ client, name: service.table.tableName });
  await monitorQuotas({ ...deps, alerts }, { userId }, jobContext());
  return commands;
}

/** Raises alerts of `count` later periods of the user. */
async function raiseLater(count: number): Promise<AlertRecord[]> {
  const account = { ...sampleAccount(), userId };
  const records: AlertRecord[] = [];
  for (let hour = 0; hour < count; hour += 1) {
    const counter = { ...counterOf(account), used: 85, periodStart: SAMPLE_NOW + hour * 3_600_000 };
    const alert = usageAlert(account, 'aiRequest', counter, 'warning', DEFAULT_THRESHOLDS, service.now());
    const { record } = await service.alerts.raise(alert, service.now());
    if (record) records.push(record);
  }
  return records;
}

/** Raises `count` alerts without publishing them. */
async function leavePending(count: number): Promise<void> {
  await raiseLater(count);
  service.clock.advanceMs(11_000);
}

/** Records the user's usage of a day before, as the projector did then. */
async function usedDaysAgo(back: number, used: number): Promise<void> {
  const day = new Date(Date.parse(NOW) - back * 86_400_000);
  const lifetimeBefore = BigInt(1_000 - back * 20);
  const lifetime = { lifetimeBefore, lifetime: lifetimeBefore + BigInt(used) };
  const versions = { firstVersion: 100 - back, version: 100 - back };
  const hours = new Map([[day.getUTCHours(), lifetime.lifetime]]);
  const date = day.toISOString().slice(0, 10);
  await service.usage.setDay({
    userId,
    feature: 'aiRequest',
    date,
    planId: 'free',
    hours,
    ...lifetime,
    ...versions,
  });
}
