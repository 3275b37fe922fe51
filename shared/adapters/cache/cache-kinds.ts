import type { Account } from '../../domain/account.ts';
import type { Plan } from '../../domain/plan.ts';
import { fromAccountItem, toAccountItem } from '../dynamodb/account-codec.ts';
import type { AccountItem } from '../dynamodb/account-item.ts';
import type { DayUsage } from '../dynamodb/usage-store.ts';
import type { CacheKind } from './cache-entry.ts';

const MINUTE_MS = 60_000;

/** An account without its recent operations: enough for every read, and for no write. */
export const QUOTA_CACHE: CacheKind<Account> = {
  name: 'quota',
  keyOf: (userId) => `user:quota:${userId}`,
  ttlMs: 5 * MINUTE_MS,
  encode: (account) => ({ ...toAccountItem(account), o: {} }),
  decode: (data) => fromAccountItem(data as AccountItem), // what `encode` made
};

/** A feature's days before today; today's units are the figure. Its id is `usageCacheId`'s. */
export const USAGE_CACHE: CacheKind<readonly DayUsage[]> = {
  name: 'usage',
  keyOf: (id) => `user:usage:${id}`,
  ttlMs: MINUTE_MS,
  encode: (days) => days,
  decode: (data) => data as DayUsage[], // what `encode` made
};

/** A plan's newest version. */
export const PLAN_CACHE: CacheKind<Plan> = {
  name: 'plan',
  keyOf: (planId) => `subscription:plan:${planId}`,
  ttlMs: 60 * MINUTE_MS,
  encode: (plan) => plan,
  decode: (data) => data as Plan, // what `encode` made
};
