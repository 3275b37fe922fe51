import type { Account, Counter } from '../../shared/domain/account.ts';
import { openAccount } from '../../shared/domain/plan.ts';

/** In the period of `BLANK_COUNTER`. */
export const IN_NOVEMBER = Date.parse('2026-11-22T10:00:00Z');

/** 100 a month, nothing used. */
export const BLANK_COUNTER: Counter = {
  interval: 'month',
  limit: 100,
  granted: 0,
  used: 0,
  held: 0,
  remaining: 100,
  lifetime: 0,
  enforced: true,
  periodStart: Date.parse('2026-11-01T00:00:00Z'),
  periodEnd: Date.parse('2026-12-01T00:00:00Z'),
};

/** An account whose only feature, aiRequest, has these counters. */
export function withCounters(...counters: Counter[]): Account {
  const plan = { id: 'free', version: 1, name: 'Free', allowances: [], createdAt: 0 };
  return { ...openAccount('u', plan, IN_NOVEMBER), counters: new Map([['aiRequest', counters]]) };
}
