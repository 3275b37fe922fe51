import { describe, expect, test } from 'vitest';
import {
  accountView,
  batchResult,
  featureView,
  quotaResult,
} from '../../../functions/http/responses/quota-view.ts';
import { type Counter, FAR_FUTURE, recount } from '../../../shared/domain/account.ts';
import { BLANK_COUNTER, IN_NOVEMBER, withCounters } from '../../support/sample-counters.ts';

describe('the balance', () => {
  test('of an unlimited feature has no limit and no remaining', () => {
    const unlimited = recount(BLANK_COUNTER, { limit: null, enforced: false, used: 7 });
    expect(featureView(withCounters(unlimited), 'aiRequest').balance).toEqual({
      limit: null,
      used: 7,
      held: 0,
      remaining: null,
      unlimited: true,
      resetsAt: '2026-12-01T00:00:00.000Z',
    });
  });

  test('of a gauge never resets', () => {
    const gauge: Counter = { ...BLANK_COUNTER, interval: 'never', periodEnd: FAR_FUTURE };
    const { balance, counters } = featureView(withCounters(gauge), 'aiRequest');
    expect(balance?.resetsAt).toBeNull();
    expect(counters[0]?.periodEnd).toBeNull();
  });

  test('below zero is returned as is; an unknown feature has none', () => {
    const account = withCounters(recount(BLANK_COUNTER, { used: 130 }));
    expect(featureView(account, 'aiRequest').balance?.remaining).toBe(-30);
    expect(featureView(account, 'constructor')).toEqual({ balance: null, counters: [] });
  });
});

test('a result has the request, its outcome and its time', () => {
  const outcome = { allowed: true, code: 'allowed', operationId: 'k', replayed: true };
  expect(
    quotaResult({ ...withCounters(BLANK_COUNTER), version: 3 }, 'aiRequest', 2, outcome, IN_NOVEMBER),
  ).toMatchObject({
    ...outcome,
    type: 'aiRequest',
    amount: 2,
    version: 3,
    asOf: '2026-11-22T10:00:00.000Z',
  });
});

test('an account lists its features by name', () => {
  const counters = new Map(
    ['upload', 'aiRequest', 'storage'].map((name) => [name, [BLANK_COUNTER]] as const),
  );
  const view = accountView({ ...withCounters(), counters }, IN_NOVEMBER);
  expect(view.features.map(({ type }) => type)).toEqual(['aiRequest', 'storage', 'upload']);
  expect(view).toMatchObject({ validUntil: null, version: 0, plan: { id: 'free', version: 1 } });
});

test('a feature shows which counter will not last, and when it ends', () => {
  const month = recount(BLANK_COUNTER, { used: 90 });
  const week: Counter = {
    ...recount(BLANK_COUNTER, { used: 80 }),
    interval: 'week',
    periodStart: Date.parse('2026-11-20T00:00:00Z'),
    periodEnd: Date.parse('2026-11-27T00:00:00Z'),
  };
  const forecasts = (...counters: Counter[]) => {
    const account = withCounters(...counters);
    const schedule = { ...account.schedule, billingAnchor: Date.parse('2026-03-01T00:00:00Z') };
    return accountView({ ...account, schedule }, IN_NOVEMBER).features.map(({ forecast }) => forecast);
  };
  expect(forecasts(BLANK_COUNTER)).toEqual([null]);
  expect(forecasts(month, week)).toEqual([{ interval: 'week', exhaustsAt: '2026-11-23T00:30:00.000Z' }]);
});

test('a result on a removed feature has no balance', () => {
  const outcome = { allowed: true, code: 'allowed', operationId: 'k', replayed: true };
  expect(quotaResult(withCounters(BLANK_COUNTER), null, 0, outcome, IN_NOVEMBER)).toEqual({
    ...outcome,
    type: null,
    amount: 0,
    balance: null,
    counters: [],
    version: 0,
    asOf: '2026-11-22T10:00:00.000Z',
  });
  expect(
    quotaResult(withCounters(BLANK_COUNTER), 'aiRequest', 0, outcome, IN_NOVEMBER).balance,
  ).toMatchObject({
    limit: 100,
  });
});

test('a result on several features lists them in the order of the request', () => {
  const outcome = { allowed: false, code: 'exceeded', operationId: null, replayed: false };
  const account = withCounters(BLANK_COUNTER);
  const amounts = new Map([
    ['upload', 1],
    ['aiRequest', 2],
  ]);
  expect(batchResult(account, amounts, outcome, IN_NOVEMBER)).toEqual({
    ...outcome,
    items: [
      { type: 'upload', amount: 1, balance: null, counters: [] },
      { type: 'aiRequest', amount: 2, ...featureView(account, 'aiRequest') },
    ],
    version: 0,
    asOf: '2026-11-22T10:00:00.000Z',
  });
});
