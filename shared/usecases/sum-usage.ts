import type { TopIndex } from '../adapters/dynamodb/top-index.ts';
import { INDEX } from '../contract.ts';
import type { Feature } from '../domain/account.ts';
import { type DateRange, datesIn } from '../domain/date-range.ts';
import { noUsage, ShardTally, type UsageSums } from '../domain/usage-tally.ts';

export interface SumUsageDeps {
  readonly topIndex: Pick<TopIndex, 'daysOf' | 'alertsOf'>;
}

/** How many days are read at once: it bounds what is in memory besides the sums, a page of each. */
const DAYS_AT_ONCE = 8;

/**
 * Sums up the days of all users, shard by shard, page by page. Nothing is kept but the sums and the users of one shard,
 * so that memory does not grow with the days' items.
 *
 * @throws OutOfTime when `mayContinue` says no before the end
 */
export async function sumUsage(
  { topIndex }: SumUsageDeps,
  range: DateRange,
  features: readonly Feature[],
  mayContinue: () => boolean = () => true,
): Promise<UsageSums> {
  const sums = noUsage();
  for (let shard = 0; shard < INDEX.top.shards; shard += 1) {
    const tally = new ShardTally(sums);
    await atOnce(DAYS_AT_ONCE, datesIn(range), async (date) => {
      for (const feature of features) {
        if (!mayContinue()) throw new OutOfTime();
        for await (const page of topIndex.daysOf(feature, date, shard))
          for (const day of page) tally.add(day);
      }
      for await (const page of topIndex.alertsOf(date, shard))
        for (const alert of page) tally.addAlert(alert);
    });
    tally.close();
  }
  return sums;
}

/** There was not enough time to sum up so many days. */
export class OutOfTime extends Error {}

/** Works on the items in their order, so many at once; the first failure ends it. */
async function atOnce<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
