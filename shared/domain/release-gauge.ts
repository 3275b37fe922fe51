import { type Account, type Amounts, type Feature, mapCounters } from './account.ts';
import { giveBack, usedInAll } from './count-use.ts';

export type GaugeRelease =
  | { readonly code: 'released'; readonly account: Account }
  | { readonly code: 'unknown_feature'; readonly feature: Feature }
  /** Only gauges can be released. */
  | { readonly code: 'not_a_gauge'; readonly feature: Feature }
  | { readonly code: 'release_exceeds_usage'; readonly feature: Feature; readonly used: number };

/** Releases units of gauges, such as bytes of deleted files: all of them or none. */
export function releaseGauges(account: Account, amounts: Amounts): GaugeRelease {
  for (const [feature, amount] of amounts) {
    const list = account.counters.get(feature);
    if (!list) return { code: 'unknown_feature', feature };
    const gauge = list.find((counter) => counter.interval === 'never');
    if (!gauge) return { code: 'not_a_gauge', feature };
    if (usedInAll(gauge) < amount) return { code: 'release_exceeds_usage', feature, used: gauge.used };
  }
  const released = mapCounters(account, amounts.keys(), (counter, feature) =>
    counter.interval === 'never' ? giveBack(counter, amounts.get(feature) ?? 0) : counter,
  );
  return { code: 'released', account: released };
}
