import {
  type Account,
  type Amounts,
  type Counter,
  type Feature,
  type Interval,
  MAX_AMOUNT,
} from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';
import { type Operation, recall } from './operation.ts';

/** Use units of some features. Without an operation it is a question: nothing will be written. */
export interface DebitRequest {
  readonly amounts: Amounts;
  readonly operation?: Operation;
}

export type Decision =
  | { readonly code: 'allowed' }
  /** `retryAt`: when the counter that denies starts a new period (epoch ms). */
  | {
      readonly code: 'exceeded';
      readonly feature: Feature;
      readonly interval: Interval;
      readonly retryAt: number;
    }
  | { readonly code: 'replayed' }
  | { readonly code: 'key_reused' }
  /** A period or a hold is over: the account has to be advanced before anything can be said. */
  | { readonly code: 'period_over' }
  | { readonly code: 'plan_over' }
  | { readonly code: 'no_account' }
  | { readonly code: 'suspended' }
  | { readonly code: 'unknown_feature'; readonly feature: Feature }
  /** The account remembers as many operations as it can; some must leave first. */
  | { readonly code: 'no_room' };

/**
 * What a request may do to an account at `now` (epoch ms). Pure, and the only place that knows the order of
 * the rules; the conditional write of the account store asks for the same conditions at once.
 */
export function decide(account: Account | undefined, request: DebitRequest, now: number): Decision {
  if (!account) return { code: 'no_account' };
  const known = request.operation ? recall(account, request.operation) : 'new';
  if (known !== 'new') return { code: known };
  if (account.status === 'suspended') return { code: 'suspended' };
  if (account.validUntil <= now) return { code: 'plan_over' };

  for (const feature of request.amounts.keys()) {
    if (!account.counters.has(feature)) return { code: 'unknown_feature', feature };
  }
  if (isPeriodOver(account, request.amounts.keys(), now)) return { code: 'period_over' };

  for (const [feature, amount] of request.amounts) {
    const short = account.counters.get(feature)?.find((counter) => !admits(counter, amount));
    if (short && hasExpiredHold(account, now)) return { code: 'period_over' };
    if (short) return { code: 'exceeded', feature, interval: short.interval, retryAt: short.periodEnd };
  }
  if (request.operation && account.operations.size >= DEDUPE_WINDOW.room) return { code: 'no_room' };
  return { code: 'allowed' };
}

/** Whether a counter has room for `amount`, and can count it exactly: no figure passes ±`MAX_AMOUNT`. */
export function admits({ enforced, remaining, lifetime }: Counter, amount: number): boolean {
  const floor = enforced ? amount : amount - MAX_AMOUNT;
  return remaining >= floor && lifetime <= MAX_AMOUNT - amount;
}

/** Whether a counter of one of the features has outlived its period. */
export function isPeriodOver(account: Account, features: Iterable<Feature>, now: number): boolean {
  for (const feature of features) {
    if (account.counters.get(feature)?.some((counter) => counter.periodEnd <= now)) return true;
  }
  return false;
}

export function hasExpiredHold(account: Account, now: number): boolean {
  for (const hold of account.holds.values()) if (hold.expiresAt <= now) return true;
  return false;
}
