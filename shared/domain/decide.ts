import {
  type Account,
  type Amounts,
  type Counter,
  carriedUntil,
  FAR_FUTURE,
  type Feature,
  type Interval,
} from './account.ts';
import { DEDUPE_WINDOW } from './dedupe-window.ts';
import { type Operation, recall } from './operation.ts';

/** A request to use units of some features. Without an operation it is a check: nothing will be written. */
export interface DebitRequest {
  readonly amounts: Amounts;
  readonly operation?: Operation;
  /** The age of what the request knows about its operation (epoch ms). */
  readonly asOf?: number;
}

export type Decision =
  | { readonly code: 'allowed' }
  /** Names the counter that denies longest: see `denyingCounter`. */
  | { readonly code: 'exceeded'; readonly feature: Feature; readonly interval: Interval }
  | { readonly code: 'replayed' }
  | { readonly code: 'key_reused' }
  /** The account may have forgotten the operation since the request's look-up, which has to be repeated. */
  | { readonly code: 'outdated' }
  /** A period, a hold or a carried grant is over: the account has to be advanced before a decision. */
  | { readonly code: 'period_over' }
  | { readonly code: 'plan_over' }
  | { readonly code: 'no_account' }
  | { readonly code: 'suspended' }
  | { readonly code: 'unknown_feature'; readonly feature: Feature }
  /** The account remembers as many operations as it can; some have to be evicted first. */
  | { readonly code: 'no_room' };

/**
 * Decides whether a request is allowed on an account at `now` (epoch ms). Pure, and the only place that
 * defines the order of the rules; the conditional write of the account store tests the same conditions at
 * once.
 */
export function decide(account: Account | undefined, request: DebitRequest, now: number): Decision {
  if (!account) return { code: 'no_account' };
  const known = request.operation ? recall(account, request.operation) : 'new';
  if (known !== 'new') return { code: known };
  if (request.asOf !== undefined && account.floor > request.asOf) return { code: 'outdated' };
  if (account.status === 'suspended') return { code: 'suspended' };
  if (account.validUntil <= now) return { code: 'plan_over' };
  if (carriedUntil(account) <= now) return { code: 'period_over' };

  for (const feature of request.amounts.keys()) {
    if (!account.counters.has(feature)) return { code: 'unknown_feature', feature };
  }
  if (isPeriodOver(account, request.amounts.keys(), now)) return { code: 'period_over' };

  const short = longestDenial(account, request.amounts);
  if (short && hasExpiredHold(account, now)) return { code: 'period_over' };
  if (short) return { code: 'exceeded', ...short };
  if (request.operation && account.operations.size >= DEDUPE_WINDOW.room) return { code: 'no_room' };
  return { code: 'allowed' };
}

/** Returns the counter that denies longest, of all that do not admit their amounts. */
function longestDenial(
  account: Account,
  amounts: Amounts,
): { readonly feature: Feature; readonly interval: Interval } | undefined {
  const denials = [...amounts].flatMap(([feature, amount]) => {
    const counter = denyingCounter(account.counters.get(feature) ?? [], amount);
    return counter ? [{ feature, interval: counter.interval, until: deniesUntil(counter, amount) }] : [];
  });
  const [first, ...others] = denials;
  if (!first) return undefined;
  const { feature, interval } = others.reduce((one, other) => (other.until > one.until ? other : one), first);
  return { feature, interval };
}

/**
 * Returns the counter that denies longest, of a feature's counters that do not admit `amount`: first any
 * whose new periods would not admit it either, then the one whose period ends last.
 */
export function denyingCounter(counters: readonly Counter[], amount: number): Counter | undefined {
  const [first, ...others] = counters.filter((counter) => !admits(counter, amount));
  if (!first) return undefined;
  return others.reduce(
    (one, other) => (deniesUntil(other, amount) > deniesUntil(one, amount) ? other : one),
    first,
  );
}

/**
 * Returns the counter that would deny first: of the enforced ones the one with least remaining, of equals the
 * one whose period ends last; without enforced ones the first.
 */
export function bindingCounter(counters: readonly Counter[]): Counter | undefined {
  const enforced = counters.filter((counter) => counter.enforced);
  if (enforced.length === 0) return counters[0];
  return enforced.reduce((least, counter) => {
    const isLater = counter.remaining === least.remaining && counter.periodEnd > least.periodEnd;
    return counter.remaining < least.remaining || isLater ? counter : least;
  });
}

/** When a counter that does not admit `amount` opens a period that does (epoch ms); `FAR_FUTURE`: never. */
function deniesUntil({ limit, granted, periodEnd }: Counter, amount: number): number {
  return (limit ?? 0) - granted < amount ? FAR_FUTURE : periodEnd;
}

/** Whether a counter admits `amount`. A counter that is not enforced admits every amount. */
export function admits({ enforced, remaining }: Counter, amount: number): boolean {
  return !enforced || remaining >= amount;
}

/** Whether the period of a counter of one of the features is over. */
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
