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
  /** In which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** The days that are cached: the last 30, today included. */
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
  /** The account's version of the newest change that was counted when the days were read. */
  readonly version: number;
  /** When they were read (epoch ms); what was counted on since is in them too. */
  readonly asOf: number;
  readonly cached: boolean;
}

/**
 * What a user used of a feature from day to day. What the cache has of an older version than `minVersion` is read again
 * from the table. Should that be older too, then either later changes were about something else, or the projector has not
 * written them yet: the answer says which version it has.
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
  // One of yesterday's was cached before midnight.
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

/** Days before today as the value, today's units as the figure that is counted on. */
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
  // It was counted on since it was read, maybe past what a number keeps exactly.
  return [...value, { date: figure.about, used: Math.min(figure.count, MAX_AMOUNT) }];
}
