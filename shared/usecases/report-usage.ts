import type { DayUsage } from '../adapters/dynamodb/usage-store.ts';
import type { Account, Feature } from '../domain/account.ts';
import { featuresByName } from '../domain/quota-result.ts';
import { type Freshness, type ReadAccountDeps, readAccount } from './read-account.ts';
import { type ReadUsageDeps, readUsage } from './read-usage.ts';

export interface ReportUsageDeps extends ReadAccountDeps, ReadUsageDeps {}

export interface UsageRequest extends Freshness {
  readonly userId: string;
  /** One feature; without it every one the account has. */
  readonly feature?: Feature | undefined;
  /** First and last day, both included: `2026-11-22`, UTC. */
  readonly from: string;
  readonly to: string;
}

export interface FeatureUsage {
  readonly feature: Feature;
  readonly days: readonly DayUsage[];
  /** The account's version of the newest change that the days count. */
  readonly daysVersion: number;
}

export interface UsageReport {
  readonly account: Account;
  /** When the oldest part of this was so (epoch ms). */
  readonly asOf: number;
  /** Whether any part of this came from a cache. */
  readonly cached: boolean;
  readonly features: readonly FeatureUsage[];
}

/**
 * What a user used day by day, beside the account as it is now. The account is as fresh as was asked; days lag it by the
 * projector's delay even when they are read past the cache, and say of which version they are.
 */
export async function reportUsage(
  deps: ReportUsageDeps,
  { userId, feature, from, to, consistent, minVersion }: UsageRequest,
): Promise<UsageReport> {
  const freshness = { consistent, minVersion };
  const reading = await readAccount(deps, userId, freshness);
  const names = feature === undefined ? featuresByName(reading.account) : [feature];
  const usages = await Promise.all(
    names.map((name) => readUsage(deps, userId, name, { from, to, ...freshness })),
  );
  const parts = [reading, ...usages];
  return {
    account: reading.account,
    asOf: Math.min(...parts.map(({ asOf }) => asOf)),
    cached: parts.some(({ cached }) => cached),
    features: usages.map(({ feature, days, version }) => ({ feature, days, daysVersion: version })),
  };
}
