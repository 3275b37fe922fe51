import type { TopIndex } from '../../adapters/dynamodb/top-index.ts';
import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { type DateRange, dateOf, datesIn } from '../../domain/date-range.ts';
import { GaugeTally } from '../../domain/reports/gauge-tally.ts';
import type { UsedShards } from '../../domain/reports/usage-tally.ts';
import { OutOfTime } from './sum-usage.ts';

export interface SumGaugesDeps {
  readonly topIndex: Pick<TopIndex, 'levelsOf' | 'storedNow' | 'shardsOfDays'>;
  /** Epoch ms. */
  readonly now: () => number;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/**
 * Sums the levels of a gauge over all users, on the days of a report. Reads each user's current level, and
 * every day with a change from the first day until today.
 *
 * @throws OutOfTime when `mayContinue` returns `false` before the end
 */
export async function sumGauge(
  { topIndex, now, reportTimeZone }: SumGaugesDeps,
  feature: Feature,
  { range, before }: { readonly range: DateRange; readonly before: DateRange },
  mayContinue: () => boolean = () => true,
): Promise<GaugeTally> {
  const today = dateOf(now(), reportTimeZone);
  const tally = new GaugeTally(range, before, today);
  const days = { from: before.from, to: today };
  // Future days have no data, and a range that ends before it begins cannot be queried.
  const used = days.from > today ? new Map() : await topIndex.shardsOfDays(feature, days);
  const ask = () => {
    if (!mayContinue()) throw new OutOfTime();
  };
  for (let shard = 0; shard < INDEX.top.shards; shard += 1) {
    for await (const page of topIndex.storedNow(feature, shard)) {
      for (const user of page) tally.addStored(user);
      ask();
    }
    for (const date of datesWith(used, days, shard)) {
      for await (const page of topIndex.levelsOf(feature, date, shard)) {
        for (const level of page) tally.addLevel(level);
        ask();
      }
    }
    tally.closeShard();
  }
  return tally;
}

function datesWith(used: UsedShards, days: DateRange, shard: number): string[] {
  return datesIn(days).filter((date) => used.get(date)?.has(shard));
}
