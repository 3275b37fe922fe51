import type { Loaded } from '../adapters/cache/cache-entry.ts';
import type { VersionedCache } from '../adapters/cache/versioned-cache.ts';
import type { DayUsage, UsageStore } from '../adapters/dynamodb/usage-store.ts';
import type { Feature } from '../domain/account.ts';
import { usageCacheId } from '../domain/rollup.ts';

export interface ReadUsageDeps {
  readonly usage: Pick<UsageStore, 'days'>;
  readonly usageCache: Pick<VersionedCache<readonly DayUsage[]>, 'read' | 'put'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** The days that are cached: the last 30, today included. */
const CACHED_DAYS = 30;
const DAY_MS = 24 * 3_600_000;

/** What a user used of a feature from day to day (both included, UTC), oldest first. Days without use are absent. */
export async function readUsage(
  deps: ReadUsageDeps,
  userId: string,
  feature: Feature,
  from: string,
  to: string,
): Promise<readonly DayUsage[]> {
  const today = dateOf(deps.now());
  const firstCached = dateOf(deps.now() - (CACHED_DAYS - 1) * DAY_MS);
  if (from < firstCached) return deps.usage.days(userId, feature, from, to);

  const id = usageCacheId(userId, feature);
  const load = async () => loadDays(deps, userId, feature, firstCached, today);
  let days: Loaded<readonly DayUsage[]> = await deps.usageCache.read(id, load);
  if (days.figure?.about !== today) {
    // Cached before midnight.
    days = await load();
    await deps.usageCache.put(id, days);
  }
  const { value = [], figure } = days;
  const all = figure && figure.count > 0 ? [...value, { date: today, used: figure.count }] : value;
  return all.filter(({ date }) => date >= from && date <= to);
}

/** Days before today as the value, today's units as the figure that is counted on. */
async function loadDays(
  { usage, now }: ReadUsageDeps,
  userId: string,
  feature: Feature,
  from: string,
  today: string,
): Promise<Loaded<readonly DayUsage[]>> {
  const asOf = now();
  const days = await usage.days(userId, feature, from, today);
  const version = Math.max(0, ...days.map((day) => day.version ?? 0));
  const count = days.find(({ date }) => date === today)?.used ?? 0;
  const past = days.filter(({ date }) => date !== today).map(({ date, used }) => ({ date, used }));
  return { value: past, version, asOf, figure: { about: today, count } };
}

function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
