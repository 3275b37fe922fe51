import {
  type Account,
  type Amounts,
  type Counter,
  type Feature,
  featuresByName,
  type Interval,
  isoInstant,
} from '../../../shared/domain/account.ts';
import { bindingCounter, denyingCounter } from '../../../shared/domain/decide.ts';
import { forecastExhaustion } from '../../../shared/domain/forecast.ts';

/** A counter in the API. Instants are ISO 8601 in UTC; `null`: no limit, or no end. */
export interface CounterView {
  readonly interval: Interval;
  readonly periodStart: string;
  readonly periodEnd: string | null;
  readonly limit: number | null;
  readonly used: number;
  readonly held: number;
  readonly remaining: number | null;
  readonly unlimited: boolean;
  readonly enforced: boolean;
}

/** The figures of the counter that would deny first. */
export interface Balance {
  readonly limit: number | null;
  readonly used: number;
  readonly held: number;
  readonly remaining: number | null;
  readonly unlimited: boolean;
  readonly resetsAt: string | null;
}

/** A feature's balance and all its counters. Without the feature in the account: `null` and an empty list. */
export interface FeatureView {
  readonly balance: Balance | null;
  readonly counters: readonly CounterView[];
}

/** The outcome of a call. `code` is `allowed`, or the reason of the denial. */
export interface Outcome {
  readonly allowed: boolean;
  readonly code: string;
  /** `null` where nothing was written. */
  readonly operationId: string | null;
  readonly replayed: boolean;
}

interface AccountRevision {
  /** The account version of the figures; 0: the user has no account yet. */
  readonly version: number;
  readonly asOf: string;
}

/** The response of every verb on one feature. */
export interface QuotaResult extends Outcome, FeatureView, AccountRevision {
  /**
   * `null` only for a reservation that was settled so long ago that the account has forgotten its feature.
   */
  readonly type: Feature | null;
  readonly amount: number;
}

/** The response of every verb on several features. */
export interface BatchResult extends Outcome, AccountRevision {
  readonly items: readonly ({ readonly type: Feature; readonly amount: number } & FeatureView)[];
}

/** The public view of an account. */
export interface AccountView extends AccountRevision {
  readonly userId: string;
  readonly plan: { readonly id: string; readonly version: number };
  readonly status: Account['status'];
  readonly validUntil: string | null;
  readonly timeZone: string;
  readonly features: readonly ({
    readonly type: Feature;
    readonly forecast: ForecastView | null;
  } & FeatureView)[];
}

/** The first of a feature's counters that will be exhausted before its period ends, at the present pace. */
export interface ForecastView {
  readonly interval: Interval;
  readonly exhaustsAt: string;
}

/** Builds one feature's result. `account` is current at `now` (epoch ms). */
export function quotaResult(
  account: Account,
  type: Feature | null,
  amount: number,
  verdict: Outcome,
  now: number,
): QuotaResult {
  const denied = verdict.allowed ? undefined : amount;
  const view = type === null ? { balance: null, counters: [] } : featureView(account, type, denied);
  return { ...verdict, type, amount, ...view, ...accountRevision(account, now) };
}

/**
 * Builds the result of several features, in the order of `amounts`. `account` is current at `now` (epoch ms).
 */
export function batchResult(account: Account, amounts: Amounts, verdict: Outcome, now: number): BatchResult {
  const items = [...amounts].map(([type, amount]) => ({
    type,
    amount,
    ...featureView(account, type, verdict.allowed ? undefined : amount),
  }));
  return { ...verdict, items, ...accountRevision(account, now) };
}

/** Builds the view of an account that is current at `now` (epoch ms). */
export function accountView(account: Account, now: number): AccountView {
  return {
    userId: account.userId,
    plan: account.plan,
    status: account.status,
    validUntil: isoInstant(account.validUntil),
    timeZone: account.schedule.timeZone,
    features: featuresByName(account).map((type) => ({
      type,
      ...featureView(account, type),
      forecast: forecastView(account, type, now),
    })),
    ...accountRevision(account, now),
  };
}

/**
 * Builds a feature's figures.
 *
 * @param denied a denied amount: the balance is then that of the counter that denies it longest
 */
export function featureView(account: Account, feature: Feature, denied?: number): FeatureView {
  const list = account.counters.get(feature) ?? [];
  const denying = denied === undefined ? undefined : denyingCounter(list, denied);
  const binding = denying ?? bindingCounter(list);
  return { balance: binding ? balanceOf(binding) : null, counters: list.map(counterView) };
}

/** The earliest forecast exhaustion of a feature's counters; `null` if there is none. */
function forecastView(account: Account, feature: Feature, now: number): ForecastView | null {
  const ends = (account.counters.get(feature) ?? []).flatMap((counter) => {
    const at = forecastExhaustion(account, counter, now);
    return at === undefined ? [] : [{ interval: counter.interval, at }];
  });
  const [first] = ends.sort((a, b) => a.at - b.at);
  return first ? { interval: first.interval, exhaustsAt: new Date(first.at).toISOString() } : null;
}

function accountRevision(account: Account, now: number): AccountRevision {
  return { version: account.version, asOf: new Date(now).toISOString() };
}

function balanceOf(counter: Counter): Balance {
  const { limit, used, held, remaining, unlimited, periodEnd } = counterView(counter);
  return { limit, used, held, remaining, unlimited, resetsAt: periodEnd };
}

function counterView(counter: Counter): CounterView {
  const unlimited = counter.limit === null;
  return {
    interval: counter.interval,
    periodStart: new Date(counter.periodStart).toISOString(),
    periodEnd: isoInstant(counter.periodEnd),
    limit: counter.limit,
    used: counter.used,
    held: counter.held,
    remaining: unlimited ? null : counter.remaining,
    unlimited,
    enforced: counter.enforced,
  };
}
