import {
  type Account,
  type Counter,
  earliestDue,
  FAR_FUTURE,
  type Feature,
  type Interval,
  MAX_AMOUNT,
  recount,
  type Schedule,
} from './account.ts';
import { periodAt } from './period.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from './threshold.ts';

/** A plan's rule for one feature and interval. */
export interface Allowance {
  readonly feature: Feature;
  /** Units per period; `null`: unlimited. */
  readonly limit: number | null;
  readonly interval: Interval;
  /** `false`: usage is counted and reported, never denied. */
  readonly enforced: boolean;
}

/** A named, versioned set of allowances. Editing one makes a new version. */
export interface Plan {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly allowances: readonly Allowance[];
  /** Stripe's ids of the prices that sell the plan, by a name such as `monthly`. */
  readonly prices?: Readonly<Record<string, string>> | undefined;
  /** Percentages of a limit at which alerts are raised. @default `DEFAULT_THRESHOLDS` */
  readonly thresholds?: Thresholds | undefined;
  /** Days before the first payment of a user's only trial. @default no trial */
  readonly trialDays?: number | undefined;
  readonly createdAt: number;
}

/** The fields that an edit sets; the service sets the others. */
export type PlanContent = Omit<Plan, 'id' | 'version' | 'createdAt'>;

/** Every field of an allowance; a missing one does not compile. */
const ALLOWANCE_FIELDS = Object.keys({
  feature: 0,
  limit: 0,
  interval: 0,
  enforced: 0,
} satisfies Record<keyof Allowance, 0>) as (keyof Allowance)[]; // keys of the record above

/**
 * Whether two contents are equal. The order of allowances counts: a feature's first one is its first counter.
 */
export function samePlanContent(a: PlanContent, b: PlanContent): boolean {
  return canonicalText(a) === canonicalText(b);
}

/**
 * Equal for equal contents: defaults are filled in, and keys are sorted. A missing field does not compile.
 */
function canonicalText({ name, allowances, prices = {}, thresholds, trialDays }: PlanContent): string {
  return JSON.stringify({
    name,
    allowances: allowances.map((allowance) => ALLOWANCE_FIELDS.map((field) => allowance[field])),
    prices: sortedEntries(prices),
    thresholds: sortedEntries(thresholds ?? DEFAULT_THRESHOLDS),
    trialDays,
  } satisfies Record<keyof PlanContent, unknown>);
}

function sortedEntries(record: Readonly<Record<string, unknown>> | Thresholds): [string, unknown][] {
  return Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The plans of a new deployment, until an operator edits them. Storage counts bytes. */
export const DEFAULT_CATALOGUE: Readonly<Record<string, PlanContent>> = {
  free: catalogueEntry('Free', 100, 10, 1_000_000_000),
  pro: catalogueEntry('Pro', 5_000, 200, 100_000_000_000),
  enterprise: catalogueEntry('Enterprise', null, null, 5_000_000_000_000),
};

function catalogueEntry(
  name: string,
  aiRequestsPerMonth: number | null,
  uploadsPerDay: number | null,
  storageBytes: number,
): PlanContent {
  return {
    name,
    allowances: [
      { feature: 'aiRequest', limit: aiRequestsPerMonth, interval: 'month', enforced: true },
      { feature: 'upload', limit: uploadsPerDay, interval: 'day', enforced: true },
      { feature: 'storage', limit: storageBytes, interval: 'never', enforced: true },
    ],
  };
}

/** Creates the account of a new user, at version 0: its first change creates version 1. */
export function openAccount(userId: string, plan: Plan, now: number): Account {
  const blank: Account = {
    userId,
    version: 0,
    plan: { id: plan.id, version: plan.version },
    status: 'active',
    validUntil: FAR_FUTURE,
    schedule: { timeZone: 'UTC', anchor: null, billingAnchor: now, billingMonths: 1 },
    subscriptionVersion: 0,
    isSubscribed: false,
    usedPayments: null,
    counters: new Map(),
    operations: new Map(),
    floor: 0,
    holds: new Map(),
    dueAt: null,
    change: null,
  };
  return applyPlan(blank, plan, now);
}

/**
 * Moves an account to a plan (or to a plan's newer version) by the difference of the limits. Used, held and
 * granted units stay, so `remaining` may become negative and an upgrade restores it exactly.
 *
 * A removed feature keeps a limit of 0 once it was used, so that its figures are not lost, and while a
 * reservation of it is open, which may yet be confirmed. An interval that was replaced by another continues
 * to count without denying until its period ends, so that changing back within the period finds the old
 * figures. Once dropped, it returns as a new counter: nothing used, in the calendar's period that contains
 * now, also if a rollover in the same save dropped it.
 *
 * An account is never moved to an older version of its plan: such a version was read before the plan was
 * edited.
 */
export function applyPlan(account: Account, plan: Plan, now: number): Account {
  const isOutdated = account.plan.id === plan.id && account.plan.version > plan.version;
  if (isOutdated && account.version > 0) return account;
  const counters = new Map<Feature, Counter[]>();
  for (const allowance of plan.allowances) {
    const list = counters.get(allowance.feature) ?? [];
    const present = findCounter(account, allowance.feature, allowance.interval);
    list.push(
      present ? toAllowance(present, allowance) : openCounter(allowance, account.schedule, now, account),
    );
    counters.set(allowance.feature, list);
  }
  for (const [feature, list] of account.counters) {
    const kept = counters.get(feature) ?? [];
    const replaced = kept.length > 0;
    const isReserved = [...account.holds.values()].some(({ amounts }) => amounts.has(feature));
    for (const counter of list) {
      const isKept = kept.some((other) => other.interval === counter.interval);
      const { used, held, granted, lifetime } = counter;
      const isRemembered = !replaced && (lifetime !== 0 || isReserved);
      const carriesFigures = used !== 0 || held !== 0 || granted !== 0 || isRemembered;
      if (!isKept && carriesFigures) kept.push(leftBehind(counter, replaced));
    }
    if (kept.length > 0) counters.set(feature, kept);
  }
  const next = { ...account, plan: { id: plan.id, version: plan.version }, counters };
  return { ...next, dueAt: earliestDue(next) };
}

function findCounter(account: Account, feature: Feature, interval: Interval): Counter | undefined {
  return account.counters.get(feature)?.find((counter) => counter.interval === interval);
}

/**
 * The counter with an allowance's terms; a missing term does not compile. `granted` is a part of `limit`,
 * never more: opening the next period subtracts it.
 */
function toAllowance(counter: Counter, { interval, limit, enforced }: Allowance): Counter {
  const granted = limit === null ? counter.granted : Math.min(counter.granted, MAX_AMOUNT - limit);
  const terms = {
    interval,
    limit: limit === null ? null : limit + granted,
    enforced: limit !== null && enforced,
  } satisfies Record<Exclude<keyof Allowance, 'feature'>, unknown>;
  return recount(counter, { ...terms, granted });
}

function leftBehind(counter: Counter, replaced: boolean): Counter {
  return replaced
    ? recount(counter, { limit: null, enforced: false })
    : recount(counter, { limit: counter.granted, enforced: true });
}

/**
 * Opens a counter in its first period. It continues the feature's lifetime total, which no change of plan
 * resets.
 *
 * A billing cycle that is added later starts now, not at the boundary computed from the anchor: the next
 * convergence with Stripe then finds it within Stripe's own period and restores no units, and no closed
 * period is reopened.
 */
export function openCounter(
  allowance: Allowance,
  schedule: Schedule,
  now: number,
  account: Account,
): Counter {
  const { start, end } = periodAt(allowance.interval, schedule, now);
  const isLate = allowance.interval === 'billing_cycle' && account.version > 0;
  const { lifetime = 0, closed } = account.counters.get(allowance.feature)?.[0] ?? {};
  const blank: Counter = {
    interval: allowance.interval,
    limit: 0,
    granted: 0,
    used: 0,
    held: 0,
    remaining: 0,
    lifetime,
    ...(closed !== undefined && { closed }),
    enforced: true,
    periodStart: isLate ? now : start,
    periodEnd: end,
  };
  return toAllowance(blank, allowance);
}
