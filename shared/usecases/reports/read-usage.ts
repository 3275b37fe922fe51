import type { Loaded } from '../../adapters/cache/cache-entry.ts';
import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { DayUsage, UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import { type Feature, MAX_AMOUNT } from '../../domain/account.ts';
import { addDays, dateOf } from '../../domain/date-range.ts';
import { usageCacheId } from '../../domain/rollup.ts';
import type { Freshness } from '../quota/read-account.ts';

export interface ReadUsageDeps {
  readonly usage: Pick<UsageStore, 'days'>;
  readonly usageCache: Pick<VersionedCache<readonly DayUsage[]>, 'read' | 'put'>;
  /** Epoch ms. */
  readonly now: () => number;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** Days that are cached: the last 30, today included. */
const CACHED_DAYS = 30;

export interface UsageQuestion extends Freshness {
  /** First and last day, both included: `2026-11-22`. */
  readonly from: string;
  readonly to: string;
}

export interface UsageReading {
  readonly feature: Feature;
  /** Oldest first. Days without use are absent. */
  readonly days: readonly DayUsage[];
  /** The account version of the newest change counted when the days were read. */
  readonly version: number;
  /** When they were read (epoch ms); later increments of the cache are included. */
  readonly asOf: number;
  readonly cached: boolean;
}

/**
 * Reads a user's usage of a feature by day. A cached value below `minVersion` is read again from the table.
 * If that is lower too, either later changes affected other features, or the projector has not written them
 * yet; the result has the actual version.
 */
export async function readUsage(
  deps: ReadUsageDeps,
  userId: string,
  feature: Feature,
  { from, to, consistent = false, minVersion = 0 }: UsageQuestion,
): Promise<UsageReading> {
  const today = dateOf(deps.now(), deps.reportTimeZone);
  const firstCached = addDays(today, 1 - CACHED_DAYS);
  const isCacheable = from >= firstCached;
  const range = isCacheable ? { from: firstCached, to: today } : { from, to };
  const load = (isConsistent: boolean) =>
    loadDays(deps, userId, feature, { ...range, today, consistent: isConsistent });

  const id = usageCacheId(userId, feature);
  const mayBeCached = isCacheable && !consistent;
  const found = mayBeCached ? await deps.usageCache.read(id, () => load(false)) : undefined;
  // A value of yesterday was cached before midnight.
  const isFreshEnough = found?.figure?.about === today && found.version >= minVersion;
  const days = isFreshEnough ? found : await load(consistent || minVersion > 0);
  if (isCacheable && !isFreshEnough) await deps.usageCache.put(id, days);

  return {
    feature,
    days: daysOf(days).filter(({ date }) => date >= from && date <= to),
    version: days.version,
    asOf: days.asOf,
    cached: isFreshEnough && found.from !== 'store',
  };
}

interface DaysToLoad {
  readonly from: string;
  readonly to: string;
  readonly today: string;
  readonly consistent: boolean;
}

/** Loads the days before today as the value, and today's units as the figure that the cache increments. */
async function loadDays(
  { usage, now }: ReadUsageDeps,
  userId: string,
  feature: Feature,
  { from, to, today, consistent }: DaysToLoad,
): Promise<Loaded<readonly DayUsage[]>> {
  const asOf = now();
  const days = await usage.days(userId, feature, from, to, { consistent });
  const version = Math.max(0, ...days.map((day) => day.version ?? 0));
  const count = days.find(({ date }) => date === today)?.used ?? 0;
  const others = days.filter(({ date }) => date !== today).map(({ date, used }) => ({ date, used }));
  return { value: others, version, asOf, figure: { about: today, count } };
}

function daysOf({ value = [], figure }: Loaded<readonly DayUsage[]>): readonly DayUsage[] {
  if (!figure || figure.count <= 0) return value;
  // The cache increments the figure, possibly beyond exact integers.
  return [...value, { date: figure.about, used: Math.min(figure.count, MAX_AMOUNT) }];
}
