import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { EVENTS } from '../../shared/contract.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import { consume } from '../../shared/usecases/consume.ts';
import { grantQuota } from '../../shared/usecases/grant-quota.ts';
import { projectChanges } from '../../shared/usecases/project-changes.ts';
import { release } from '../../shared/usecases/release.ts';
import { resetQuota } from '../../shared/usecases/reset-quota.ts';
import { setUserPlan } from '../../shared/usecases/set-user-plan.ts';
import { newsDeps } from '../support/news.ts';
import { meterRequests } from '../support/request-meter.ts';
import { units } from '../support/sample-account.ts';
import { createTestService, type TestService } from '../support/service.ts';

let service: TestService;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  await service.createPlan('team', [{ limit: 1_000 }, { feature: 'storage', limit: 100, interval: 'never' }]);
});
beforeEach(() => {
  userId = randomUUID();
  service.clock.freezeAt('2033-05-10T12:00:00Z');
});
afterAll(() => service.table.drop());

const use = (amount: number, feature = 'aiRequest') =>
  consume(service, { userId, amounts: units(amount, feature) });
const changesOf = async (): Promise<AccountChange[]> =>
  (await service.stream.changes()).filter(({ after }) => after.userId === userId);
/** Projects what this user did so far, from the beginning. */
const project = async (deps = service) => projectChanges(deps.environment(), await changesOf());

/** What was told of this user, in order: events by type and level, notices by subject. */
const toldEvents = () =>
  service.told.events
    .map(({ type, detail }) => ({ ...(detail as { userId: string; level?: string }), type })) // every detail names its user
    .filter((event) => event.userId === userId && event.type !== EVENTS.reset);
const toldLevels = () => toldEvents().map(({ type, level }) => `${type} ${level}`);
const notices = () =>
  service.told.notices.filter(({ subject }) => subject.includes(userId)).map(({ subject }) => subject);
const alerts = async () =>
  (await service.alerts.list(userId, 100)).items.map(({ alert, recovery, untold }) => ({
    level: alert.level,
    recovered: recovery !== undefined,
    untold: [...untold],
  }));
const stands = (level: string) => ({ level, recovered: false, untold: [] });

describe('an alert', () => {
  it('is raised, told and kept the moment a level is crossed', async () => {
    await use(79);
    await project();
    expect(await alerts()).toEqual([]);
    await use(1);
    await project();
    expect(await alerts()).toEqual([stands('warning')]);
    expect(toldEvents()).toMatchObject([
      {
        type: 'quota.threshold_crossed',
        level: 'warning',
        threshold: 80,
        used: 80,
        limit: 100,
        usedPercent: 80,
        interval: 'month',
        periodEnd: '2033-06-01T00:00:00.000Z',
        raisedAt: '2033-05-10T12:00:00.000Z',
      },
    ]);
    expect(notices()).toEqual([`Quota warning: aiRequest of ${userId}`]);
  });

  it('is one for each level on the way up, and one for a step over all of them', async () => {
    await use(80);
    await use(15);
    await use(5);
    await project();
    expect(toldLevels()).toEqual([
      'quota.threshold_crossed warning',
      'quota.threshold_crossed critical',
      'quota.exhausted exhausted',
    ]);
    userId = randomUUID();
    await use(70);
    await use(30);
    await project();
    expect(toldLevels()).toEqual(['quota.exhausted exhausted']);
    expect(await alerts()).toEqual([stands('exhausted')]);
  });

  it('is raised once, however often and in whatever parts its changes come', async () => {
    for (let step = 0; step < 10; step += 1) await use(10);
    const changes = await changesOf();
    for (const cut of [3, 8, 9, 10]) {
      await projectChanges(service.environment(), changes.slice(0, cut));
      await projectChanges(service.environment(), changes.slice(Math.max(0, cut - 4)));
    }
    expect(toldLevels()).toEqual(['quota.threshold_crossed warning', 'quota.exhausted exhausted']);
  });

  it('is raised again in the next period', async () => {
    await use(80);
    await project();
    service.clock.freezeAt('2033-06-02T12:00:00Z');
    await use(85);
    await project();
    expect(toldLevels()).toEqual(['quota.threshold_crossed warning', 'quota.threshold_crossed warning']);
    expect(await alerts()).toEqual([stands('warning'), stands('warning')]);
  });

  it('stands in the index under the day it was raised, with its plan', async () => {
    await use(80);
    await project();
    const found = [];
    for (let shard = 0; shard < 16; shard += 1) {
      for await (const page of service.topIndex.alertsOf('2033-05-10', shard)) found.push(...page);
    }
    expect(found).toContainEqual({ date: '2033-05-10', feature: 'aiRequest', level: 'warning' });
  });

  it('is in a shard that is marked as having alerts of that day', async () => {
    service.clock.freezeAt('2033-05-11T12:00:00Z');
    await use(80);
    await project();
    const marked = await service.topIndex.shardsOfAlerts({ from: '2033-05-11', to: '2033-05-11' });
    expect([...marked]).toEqual([['2033-05-11', new Set([topShard(userId)])]]);
  });

  it('costs an ordinary change nothing: no write more', async () => {
    await use(30);
    await project();
    await use(1);
    const changes = await changesOf();
    const environment = service.environment();
    // The first change of a day marks it, once.
    await projectChanges(environment, changes.slice(0, -1));
    const meter = meterRequests(service.table.documentClient);
    await projectChanges(environment, changes.slice(-1));
    // What a plan's thresholds are may be looked up: once a second, not for each change.
    const commands = meter.take().map(({ command }) => command);
    expect(commands.filter((command) => command !== 'GetItemCommand').sort()).toEqual([
      'BatchWriteItemCommand',
      'UpdateItemCommand',
      'UpdateItemCommand',
    ]);
  });
});

describe('a recovery', () => {
  it('is told once, of the highest level, and of nothing that was not raised', async () => {
    await use(80);
    await use(20);
    await resetQuota(service, { userId });
    await project();
    await project();
    expect(toldLevels()).toEqual([
      'quota.threshold_crossed warning',
      'quota.exhausted exhausted',
      'quota.recovered exhausted',
    ]);
    const recovered = (level: string) => ({ level, recovered: true, untold: [] });
    expect(await alerts()).toEqual([recovered('warning'), recovered('exhausted')]);
  });

  it('comes by an upgrade and by a grant, each level once in a period', async () => {
    await use(80);
    await setUserPlan(service, { userId, planId: 'team' });
    await use(720);
    await grantQuota(service, { userId, feature: 'aiRequest', amount: 500, reason: 'sorry' });
    await project();
    await project();
    expect(toldLevels()).toEqual(['quota.threshold_crossed warning', 'quota.recovered warning']);
  });

  it('of a gauge re-arms it after a day: what goes up and down is not told again and again', async () => {
    await setUserPlan(service, { userId, planId: 'team' });
    const upAndDown = async () => {
      await use(80, 'storage');
      await release(service, { userId, amounts: units(80, 'storage') });
    };
    await upAndDown();
    await upAndDown();
    await project();
    expect(toldLevels()).toEqual(['quota.threshold_crossed warning', 'quota.recovered warning']);
    service.clock.advanceMs(86_400_000);
    await upAndDown();
    await project();
    expect(toldLevels()).toHaveLength(4);
  });

  it('is none when the period ends', async () => {
    await use(100);
    service.clock.freezeAt('2033-06-02T12:00:00Z');
    await use(1);
    await project();
    expect(toldLevels()).toEqual(['quota.exhausted exhausted']);
    expect(service.told.events.filter(({ type }) => type === EVENTS.reset)).toContainEqual({
      type: 'quota.reset',
      detail: expect.objectContaining({
        userId,
        type: 'aiRequest',
        cause: 'rollover',
        used: 100,
        limit: 100,
        periodEnd: '2033-06-01T00:00:00.000Z',
      }),
      at: Date.parse('2033-06-02T12:00:00Z'),
    });
  });
});

describe('when nobody listens', () => {
  const deaf = () =>
    service.environment(
      newsDeps(
        { client: service.table.documentClient, name: service.table.tableName },
        service.told,
        () => false,
      ),
    );

  it('the projector goes on, says what is left, and the alert keeps what is to be told', async () => {
    await use(100);
    await resetQuota(service, { userId });
    const { alerts: counts, broken } = await projectChanges(deaf(), await changesOf());
    expect({ counts, broken }).toEqual({ counts: { raised: 1, untold: 3 }, broken: [] });
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: ['raised', 'recovered'] },
    ]);
    expect(toldLevels()).toEqual([]);
  });

  it('what is told of a gauge counts for that alert alone, and not for the one raised in its place', async () => {
    await setUserPlan(service, { userId, planId: 'team' });
    await use(100, 'storage');
    await project();
    service.clock.advanceMs(86_400_000);
    const seen = (await changesOf()).length;
    const giveBack = () => release(service, { userId, amounts: units(30, 'storage') });
    await giveBack();
    await use(30, 'storage');
    await giveBack();
    const takingOne = <T>(list: T[]) => ({
      publishAll: async (items: readonly T[]) =>
        items.map((item, index) => index === 0 && list.push(item) > 0),
    });
    const { events, notices: topic } = service.told;
    const hearing = service.environment({ events: takingOne(events), notices: takingOne(topic) });
    await projectChanges(hearing, (await changesOf()).slice(seen));
    expect(toldLevels()).toEqual(['quota.exhausted exhausted', 'quota.recovered exhausted']);
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: ['raised', 'recovered'] },
    ]);
  });

  it('a batch that comes again tells it, once nobody else can be at it', async () => {
    await use(80);
    await projectChanges(deaf(), await changesOf());
    await project();
    expect(toldLevels()).toEqual([]);
    service.clock.advanceMs(11_000);
    await project();
    await project();
    expect(toldLevels()).toEqual(['quota.threshold_crossed warning']);
    expect(await alerts()).toEqual([stands('warning')]);
  });
});
