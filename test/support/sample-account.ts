import type { Account, Counter, Feature, Interval } from '../../shared/domain/account.ts';
import { type Allowance, openAccount, type Plan } from '../../shared/domain/plan.ts';

/** A plan of some allowances; the defaults of an allowance are aiRequest, 100 a month, enforced. */
export function samplePlan(allowances: readonly Partial<Allowance>[], id = 'free'): Plan {
  return {
    id,
    version: 1,
    name: id,
    createdAt: 0,
    allowances: allowances.map((allowance) => ({
      feature: 'aiRequest',
      limit: 100,
      interval: 'month',
      enforced: true,
      ...allowance,
    })),
  };
}

export const SAMPLE_NOW = Date.UTC(2033, 4, 10, 12);

/** An account on `samplePlan`, opened at `SAMPLE_NOW`. */
export function sampleAccount(allowances: readonly Partial<Allowance>[] = [{}], now = SAMPLE_NOW): Account {
  return openAccount('someone', samplePlan(allowances), now);
}

/** The counter of a feature (and interval, if it has several). Throws if it is missing. */
export function counterOf(account: Account, feature: Feature = 'aiRequest', interval?: Interval): Counter {
  const list = account.counters.get(feature) ?? [];
  const counter = interval ? list.find((other) => other.interval === interval) : list[0];
  if (!counter) throw new Error(`the account has no counter ${feature}/${interval ?? ''}`);
  return counter;
}

/** Amounts of one feature. */
export function units(amount: number, feature: Feature = 'aiRequest'): Map<Feature, number> {
  return new Map([[feature, amount]]);
}
