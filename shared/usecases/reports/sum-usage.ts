import type { TopIndex } from '../../adapters/dynamodb/top-index.ts';
import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { type DateRange, datesIn } from '../../domain/date-range.ts';
import { noUsage, ShardTally, type UsageSums, type UsedShards } from '../../domain/reports/usage-tally.ts';

export interface SumUsageDeps {
  readonly topIndex: Pick<TopIndex, 'daysOf' | 'alertsOf' | 'shardsOfDays' | 'shardsOfAlerts'>;
}

/** The partitions with data, of one feature or of the alerts. */
export interface UsedDays {
  /** `undefined`: the alerts. */
  readonly feature: Feature | undefined;
  readonly shards: UsedShards;
}

/**
 * Partitions of the index read concurrently. A query takes 3 to 6 ms, of which the function computes for less
 * than one, so ten keep it busy. Memory holds a page of each, besides the sums.
 */
const PARTITIONS_AT_ONCE = 10;

/** Finds the partitions with data of a range. One query for each feature, and one for the alerts. */
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
 * Sums the days of all users, shard by shard, page by page. Only the sums and the users of one shard are
 * kept, so memory does not grow with the days' items.
 *
 * @throws OutOfTime when `mayContinue` returns `false` before the end
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

/** There was not enough time to sum all days. */
export class OutOfTime extends Error {}

/** The partitions of a shard with data of the days. */
function partitionsOf(shard: number, range: DateRange, usedDays: readonly UsedDays[]) {
  return datesIn(range).flatMap((date) =>
    usedDays.filter(({ shards }) => shards.get(date)?.has(shard)).map(({ feature }) => ({ feature, date })),
  );
}

/** Processes the items in order, `width` concurrently; the first failure ends it. */
async function atOnce<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  // A worker that fails closes the generator for all workers.
  const rest = (function* () {
    yield* items;
  })();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
