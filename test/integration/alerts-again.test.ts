import { describe, expect, it } from 'vitest';
import { EVENTS } from '../../shared/contract.ts';
import { projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import { setUserPlan } from '../../shared/usecases/plans/set-user-plan.ts';
import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../shared/usecases/quota/release.ts';
import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { units } from '../support/sample-account.ts';
import { activeAlert, useAlerts } from '../support/use-alerts.ts';

const user = useAlerts();
const { use, changesOf, project, publishedEvents, publishedLevels, alerts } = user;

describe('an alert is raised again in its period', () => {
  const EXHAUSTED = ['quota.exhausted exhausted', 'quota.recovered exhausted'];
  const more = (amount: number) =>
    grantQuota(user.service, { userId: user.userId, feature: 'aiRequest', amount, reason: 'sorry' });

  it.each([
    ['a reset', () => resetQuota(user.service, { userId: user.userId }), 100],
    ['a grant', () => more(900), 900],
    ['an upgrade', () => setUserPlan(user.service, { userId: user.userId, planId: 'team' }), 900],
  ])('after %s: the last event has the level, every time', async (_, makeRoom, rest) => {
    await use(100);
    await makeRoom();
    await project();
    expect(publishedLevels()).toEqual(EXHAUSTED);
    await use(rest);
    expect((await use(1)).code).toBe('denied');
    await project();
    expect(publishedLevels()).toEqual([...EXHAUSTED, 'quota.exhausted exhausted']);
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: [] },
      activeAlert('exhausted'),
    ]);
    expect(new Set(publishedEvents().map(({ id }) => id)).size).toBe(2);
  });

  it('after a release, of a gauge: on every rise', async () => {
    await setUserPlan(user.service, { userId: user.userId, planId: 'team' });
    for (let times = 0; times < 3; times += 1) {
      await use(100, 'storage');
      await release(user.service, { userId: user.userId, amounts: units(100, 'storage') });
    }
    await use(100, 'storage');
    await project();
    expect(publishedLevels()).toEqual([
      ...EXHAUSTED,
      ...EXHAUSTED,
      ...EXHAUSTED,
      'quota.exhausted exhausted',
    ]);
  });

  it('once, however its changes are batched, repeated and projected', async () => {
    for (let times = 0; times < 3; times += 1) {
      await use(100);
      await resetQuota(user.service, { userId: user.userId });
    }
    await use(100);
    const changes = await changesOf();
    const environments = [user.service.environment(), user.service.environment()];
    for (const cut of [2, 3, 5, 7]) {
      const part = changes.slice(0, cut);
      await Promise.all(environments.map((environment) => projectChanges(environment, part)));
      await projectChanges(user.service.environment(), part.slice(-2));
    }
    await project();
    const raised = publishedEvents().filter(({ type }) => type === EVENTS.exhausted);
    expect(raised.map(({ version }) => version)).toEqual([1, 3, 5, 7]);
    expect((await alerts()).map(({ recovered }) => recovered)).toEqual([true, true, true, false]);
  });

  it('where the stream missed the fall between two rises', async () => {
    await use(100);
    await project();
    await resetQuota(user.service, { userId: user.userId });
    await use(100);
    const [, , rise] = await changesOf();
    if (!rise) throw new Error('no third change');
    await projectChanges(user.service.environment(), [rise]);
    await projectChanges(user.service.environment(), [rise]);
    expect(publishedLevels()).toEqual(['quota.exhausted exhausted', 'quota.exhausted exhausted']);
    expect(await alerts()).toEqual([
      { level: 'exhausted', recovered: true, untold: [] },
      activeAlert('exhausted'),
    ]);
  });

  it('not by a change that is older than its recovery', async () => {
    await use(80);
    await resetQuota(user.service, { userId: user.userId });
    await use(85);
    await resetQuota(user.service, { userId: user.userId });
    const changes = await changesOf();
    await projectChanges(user.service.environment(), [...changes.slice(0, 2), ...changes.slice(3)]);
    const published = publishedLevels();
    await projectChanges(user.service.environment(), changes.slice(0, 2));
    expect(publishedLevels()).toEqual(published);
    expect((await alerts()).filter(({ recovered }) => !recovered)).toEqual([]);
  });

  it('of a feature that the plan removed and grants again: by its new level', async () => {
    await setUserPlan(user.service, { userId: user.userId, planId: 'team' });
    await use(100, 'storage');
    await setUserPlan(user.service, { userId: user.userId, planId: 'none' });
    await setUserPlan(user.service, { userId: user.userId, planId: 'team' });
    await project();
    expect(publishedLevels()).toEqual(['quota.exhausted exhausted']);
    await setUserPlan(user.service, { userId: user.userId, planId: 'none' });
    await setUserPlan(user.service, { userId: user.userId, planId: 'roomy' });
    await project();
    expect(publishedLevels()).toEqual(EXHAUSTED);
    expect((await alerts()).filter(({ recovered }) => !recovered)).toEqual([]);
  });
});
