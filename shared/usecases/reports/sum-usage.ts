import type { TopIndex } from '../../adapters/dynamodb/top-index.ts';
import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { type DateRange, datesIn } from '../../domain/date-range.ts';
import { noUsage, ShardTally, type UsageSums, type UsedShards } from '../../domain/reports/usage-tally.ts';

export interface SumUsageDeps {
  readonly topIndex: Pick<TopIndex, 'daysOf' | 'alertsOf' | 'shardsOfDays' | 'shardsOfAlerts'>;
}

/** Where there is something to sum up: of one feature, or the alerts. */
export interface UsedDays {
  /** `undefined`: the alerts. */
  readonly feature: Feature | undefined;
  readonly shards: UsedShards;
}

/**
 * How many partitions of the index are read at once. A query takes 3 to 6 ms, of which the function works for less than
 * one: so many keep it busy. It bounds what is in memory besides the sums, a page of each.
 */
const PARTITIONS_AT_ONCE = 10;

/** Where the index has anything of some days. One query for each feature, and one for the alerts. */
export async function findUsedDays(
  { topIndex }: SumUsageDeps,
  range: DateRange,
  features: readonly Feature[],
): Promise<UsedDays[]> {
  const [alerts, ...ofFeatures] = await Promise.all([
    topIndex.shardsOfAlerts(range),
    ...features.map((feature) => topIndex.shardsOfDays(feature, range)),
  ]);
  return [
    ...features.map((feature, index) => ({ feature, shards: ofFeatures[index] ?? new Map() })),
    { feature: undefined, shards: alerts },
  ];
}

/**
 * Sums up the days of all users, shard by shard, page by page. Nothing is kept but the sums and the users of one shard,
 * so that memory does not grow with the days' items.
 *
 * @throws OutOfTime when `mayContinue` says no before the end
 */
export async function sumUsage(
  { topIndex }: SumUsageDeps,
  range: DateRange,
  usedDays: readonly UsedDays[],
  mayContinue: () => boolean = () => true,
): Promise<UsageSums> {
  const sums = noUsage();
  const ask = () => {
    if (!mayContinue()) throw new OutOfTime();
  };
  for (let shard = 0; shard < INDEX.top.shards; shard += 1) {
    const tally = new ShardTally(sums);
    await atOnce(PARTITIONS_AT_ONCE, partitionsOf(shard, range, usedDays), async ({ feature, date }) => {
      ask();
      if (feature === undefined) {
        for await (const page of topIndex.alertsOf(date, shard)) {
          for (const alert of page) tally.addAlert(alert);
          ask();
        }
        return;
      }
      for await (const page of topIndex.daysOf(feature, date, shard)) {
        for (const day of page) tally.add(day);
        ask();
      }
    });
    tally.close();
  }
  return sums;
}

/** There was not enough time to sum up so many days. */
export class OutOfTime extends Error {}

/** The partitions of a shard that have something of the days. */
function partitionsOf(shard: number, range: DateRange, usedDays: readonly UsedDays[]) {
  return datesIn(range).flatMap((date) =>
    usedDays.filter(({ shards }) => shards.get(date)?.has(shard)).map(({ feature }) => ({ feature, date })),
  );
}

/** Works on the items in their order, so many at once; the first failure ends it. */
async function atOnce<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  // Left by a worker that failed, a generator is closed for all.
  const rest = (function* () {
    yield* items;
  })();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
