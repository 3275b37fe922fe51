import type { DayUsage, UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import { type Account, type Feature, featuresByName } from '../../domain/account.ts';
import { type DateRange, dateOf } from '../../domain/date-range.ts';
import { everyLevel, type GaugeLevel, storedOf } from '../../domain/gauge-level.ts';
import { type Freshness, type ReadAccountDeps, readAccount } from '../quota/read-account.ts';
import { type ReadUsageDeps, readUsage, type UsageReading } from './read-usage.ts';

export interface ReportUsageDeps extends ReadAccountDeps, ReadUsageDeps {
  readonly usage: Pick<UsageStore, 'days' | 'levels'>;
}

export interface UsageRequest extends Freshness {
  readonly userId: string;
  /** Only this feature. @default every feature of the account */
  readonly feature?: Feature | undefined;
  /** First and last day, both included: `2026-11-22`, in the time zone of the reports. */
  readonly from: string;
  readonly to: string;
}

export interface FeatureUsage {
  readonly feature: Feature;
  readonly days: readonly DayUsage[];
  /** The daily levels of a gauge, instead of usage; `undefined` for a metered feature. */
  readonly levels: readonly GaugeLevel[] | undefined;
  /** The account version of the newest change that the days count. */
  readonly daysVersion: number;
}

export interface UsageReport {
  readonly account: Account;
  /** When the oldest part of this was read (epoch ms). */
  readonly asOf: number;
  /** Whether any part of this came from a cache. */
  readonly cached: boolean;
  readonly features: readonly FeatureUsage[];
}

/**
 * Reports a user's daily usage, with the current account. The account has the requested freshness; days lag
 * by the projector's delay even when the cache is bypassed, and have the version that they count.
 */
export async function reportUsage(
  deps: ReportUsageDeps,
  { userId, feature, from, to, consistent, minVersion }: UsageRequest,
): Promise<UsageReport> {
  const freshness = { consistent, minVersion };
  const reading = await readAccount(deps, userId, freshness);
  const names = feature === undefined ? featuresByName(reading.account) : [feature];
  const usages = await Promise.all(
    names.map(async (name): Promise<FeatureReading> => {
      const stored = storedOf(reading.account, name);
      if (stored !== undefined) return readLevels(deps, userId, name, { from, to }, stored);
      return { ...(await readUsage(deps, userId, name, { from, to, ...freshness })), levels: undefined };
    }),
  );
  const parts = [reading, ...usages];
  return {
    account: reading.account,
    asOf: Math.min(...parts.map(({ asOf }) => asOf)),
    cached: parts.some(({ cached }) => cached),
    features: usages.map(({ feature, days, levels, version }) => ({
      feature,
      days,
      levels,
      daysVersion: version,
    })),
  };
}

type FeatureReading = UsageReading & Pick<FeatureUsage, 'levels'>;

/** Reads the levels of a gauge by day, up to today. Never cached: the cache counts usage. */
async function readLevels(
  { usage, now, reportTimeZone }: ReportUsageDeps,
  userId: string,
  feature: Feature,
  { from, to }: DateRange,
  storedNow: number,
): Promise<FeatureReading> {
  const asOf = now();
  const today = dateOf(asOf, reportTimeZone);
  const changed = await usage.levels(userId, feature, { from, to: to > today ? to : today });
  const levels = everyLevel(changed, { from, to: to < today ? to : today }, storedNow);
  const version = Math.max(0, ...changed.map((level) => level.version));
  return { feature, days: [], levels, version, asOf, cached: false };
}
