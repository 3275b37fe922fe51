import { describe, expect, it } from 'vitest';
import { dueShard } from '../../shared/adapters/dynamodb/account-codec.ts';
import { OutboxIndex } from '../../shared/adapters/dynamodb/outbox-index.ts';
import { topShard } from '../../shared/adapters/dynamodb/top-partition.ts';
import { EVENTS } from '../../shared/contract.ts';
import { drainOutbox } from '../../shared/usecases/alerts/drain-outbox.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { notificationDeps } from '../support/published.ts';
import { meterRequests } from '../support/request-meter.ts';
import { activeAlert, useAlerts } from '../support/use-alerts.ts';

const user = useAlerts();
const { use, changesOf, project, publishedEvents, publishedLevels, notices, alerts } = user;
/** The first step of the hourly monitor: it publishes the pending notifications of one shard. */
const drainAll = () => {
  const table = { client: user.service.table.documentClient, name: user.service.table.tableName };
  const deps = {
    ...user.service,
    ...notificationDeps(table, user.service.published),
    outboxIndex: new OutboxIndex(table),
  };
  return drainOutbox(deps, dueShard(user.userId));
};

describe('an alert', () => {
  it('is raised, published and stored the moment a level is crossed', async () => {
    await use(79);
    await project();
    expect(await alerts()).toEqual([]);
    await use(1);
    await project();
    expect(await alerts()).toEqual([activeAlert('warning')]);
    expect(publishedEvents()).toMatchObject([
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
    expect(notices()).toEqual([`Quota warning: aiRequest of ${user.userId}`]);
  });

  it('is one per level on the way up, and one for a step over all of them', async () => {
    await use(80);
    await use(15);
    await use(5);
    await project();
    expect(publishedLevels()).toEqual([
      'quota.threshold_crossed warning',
      'quota.threshold_crossed critical',
      'quota.exhausted exhausted',
    ]);
    user.renewUser();
    await use(70);
    await use(30);
    await project();
    expect(publishedLevels()).toEqual(['quota.exhausted exhausted']);
    expect(await alerts()).toEqual([activeAlert('exhausted')]);
  });

  it('is raised once, however its changes are batched and repeated', async () => {
    for (let step = 0; step < 10; step += 1) await use(10);
    const changes = await changesOf();
    for (const cut of [3, 8, 9, 10]) {
      await projectChanges(user.service.environment(), changes.slice(0, cut));
      await projectChanges(user.service.environment(), changes.slice(Math.max(0, cut - 4)));
    }
    expect(publishedLevels()).toEqual(['quota.threshold_crossed warning', 'quota.exhausted exhausted']);
  });

  it('is raised again in the next period', async () => {
    await use(80);
    await project();
    user.service.clock.freezeAt('2033-06-02T12:00:00Z');
    await use(85);
    await project();
    expect(publishedLevels()).toEqual(['quota.threshold_crossed warning', 'quota.threshold_crossed warning']);
    expect(await alerts()).toEqual([activeAlert('warning'), activeAlert('warning')]);
  });

  it('is indexed under the day it was raised, with its plan', async () => {
    await use(80);
    await project();
    const found = [];
    for (let shard = 0; shard < 16; shard += 1) {
      for await (const page of user.service.topIndex.alertsOf('2033-05-10', shard)) found.push(...page);
    }
    expect(found).toContainEqual({ date: '2033-05-10', feature: 'aiRequest', level: 'warning' });
  });

  it('is in a shard marked as having alerts of that day', async () => {
    user.service.clock.freezeAt('2033-05-11T12:00:00Z');
    await use(80);
    await project();
    const marked = await user.service.topIndex.shardsOfAlerts({ from: '2033-05-11', to: '2033-05-11' });
    expect([...marked]).toEqual([['2033-05-11', new Set([topShard(user.userId)])]]);
  });

  it('adds no write to an ordinary change', async () => {
    await use(30);
    await project();
    await use(1);
    const changes = await changesOf();
    const environment = user.service.environment();
    // The first change of a day marks its shard, once.
    await projectChanges(environment, changes.slice(0, -1));
    const meter = meterRequests(user.service.table.documentClient);
    await projectChanges(environment, changes.slice(-1));
    // A plan's thresholds may be read once a second, not per change.
    const commands = meter.take().map(({ command }) => command);
    expect(commands.filter((command) => command !== 'GetItemCommand').sort()).toEqual([
      'BatchWriteItemCommand',
      'UpdateItemCommand',
      'UpdateItemCommand',
    ]);
  });
});

describe('a recovery', () => {
  it('is published once, for the highest level, and only for raised alerts', async () => {
    await use(80);
    await use(20);
    await resetQuota(user.service, { userId: user.userId });
    await project();
    await project();
    expect(publishedLevels()).toEqual([
      'quota.threshold_crossed warning',
      'quota.exhausted exhausted',
      'quota.recovered exhausted',
    ]);
    const recovered = (level: string) => ({ level, recovered: true, untold: [] });
    expect(await alerts()).toEqual([recovered('warning'), recovered('exhausted')]);
  });

  it('follows from an upgrade and from a grant', async () => {
    await use(80);
    await setUserPlan(user.service, { userId: user.userId, planId: 'team' });
    await use(720);
    await grantQuota(user.service, {
      userId: user.userId,
      feature: 'aiRequest',
      amount: 500,
      reason: 'sorry',
    });
    await project();
    await project();
    expect(publishedLevels()).toEqual([
      'quota.threshold_crossed warning',
      'quota.recovered warning',
      'quota.threshold_crossed warning',
      'quota.recovered warning',
    ]);
  });

  it('names the remaining level, which is then active and recovers in its turn', async () => {
    await use(100);
    await grantQuota(user.service, {
      userId: user.userId,
      feature: 'aiRequest',
      amount: 20,
      reason: 'sorry',
    });
    await project();
    expect(publishedEvents()).toMatchObject([
      { type: 'quota.exhausted', version: 1, recoveredTo: null },
      { type: 'quota.recovered', level: 'exhausted', version: 2, recoveredTo: 'warning' },
    ]);
    expect(await alerts()).toEqual([
      activeAlert('warning'),
      { level: 'exhausted', recovered: true, untold: [] },
    ]);
    await grantQuota(user.service, {
      userId: user.userId,
      feature: 'aiRequest',
      amount: 900,
      reason: 'sorry',
    });
    await project();
    expect(publishedEvents().slice(2)).toMatchObject([
      { type: 'quota.recovered', level: 'warning', version: 3, recoveredTo: null },
    ]);
    expect((await alerts()).filter(({ recovered }) => !recovered)).toEqual([]);
  });

  it('is not published when the period ends', async () => {
    await use(100);
    user.service.clock.freezeAt('2033-06-02T12:00:00Z');
    await use(1);
    await project();
    expect(publishedLevels()).toEqual(['quota.exhausted exhausted']);
    expect(user.service.published.events.filter(({ type }) => type === EVENTS.reset)).toContainEqual({
      type: 'quota.reset',
      detail: expect.objectContaining({
        userId: user.userId,
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

describe('while every publish fails', () => {
  const deaf = () =>
    user.service.environment(
      notificationDeps(
        { client: user.service.table.documentClient, name: user.service.table.tableName },
        user.service.published,
        () => false,
      ),
    );

  it('the projector continues, returns the failures, and the alert keeps its pending notifications', async () => {
    await use(100);
    await resetQuota(user.service, { userId: user.userId });
    const { alerts: counts, broken } = await projectChanges(deaf(), await changesOf());
    expect({ counts, broken }).toEqual({ counts: { raised: 1, untold: 3 }, broken: [] });
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: ['raised', 'recovered'] },
    ]);
    expect(publishedLevels()).toEqual([]);
  });

  it('a publication counts for its alert alone, not for a later one of the same level', async () => {
    await use(100);
    await resetQuota(user.service, { userId: user.userId });
    await use(100);
    await resetQuota(user.service, { userId: user.userId });
    const takingOne = <T>(list: T[]) => ({
      publishAll: async (items: readonly T[]) =>
        items.map((item, index) => index === 0 && list.push(item) > 0),
    });
    const { events, notices: topic } = user.service.published;
    const hearing = user.service.environment({ events: takingOne(events), notices: takingOne(topic) });
    await projectChanges(hearing, await changesOf());
    expect(publishedEvents()).toMatchObject([{ type: 'quota.exhausted', version: 1 }]);
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: ['recovered'] },
      { level: 'exhausted', recovered: true, untold: ['raised', 'recovered'] },
    ]);
    user.service.clock.advanceMs(11_000);
    await drainAll();
    expect(publishedEvents().slice(1)).toMatchObject([
      { type: 'quota.recovered', version: 2 },
      { type: 'quota.exhausted', version: 3 },
      { type: 'quota.recovered', version: 4 },
    ]);
    expect((await alerts()).flatMap(({ untold }) => untold)).toEqual([]);
  });

  it('a repeated batch publishes it once the claim has expired', async () => {
    await use(80);
    await projectChanges(deaf(), await changesOf());
    await project();
    expect(publishedLevels()).toEqual([]);
    user.service.clock.advanceMs(11_000);
    await project();
    await project();
    expect(publishedLevels()).toEqual(['quota.threshold_crossed warning']);
    expect(await alerts()).toEqual([activeAlert('warning')]);
  });
});
