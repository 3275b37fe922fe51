import type { DayUsage } from '../adapters/dynamodb/usage-store.ts';
import type { Account, Feature } from '../domain/account.ts';
import { featuresByName } from '../domain/quota-result.ts';
import { type ReadAccountDeps, readAccount } from './read-account.ts';
import { type ReadUsageDeps, readUsage } from './read-usage.ts';

export interface ReportUsageDeps extends ReadAccountDeps, ReadUsageDeps {}

export interface UsageRequest {
  readonly userId: string;
  /** One feature; without it every one the account has. */
  readonly feature?: Feature | undefined;
  /** First and last day, both included: `2026-11-22`, UTC. */
  readonly from: string;
  readonly to: string;
}

export interface UsageReport {
  readonly account: Account;
  /** When the account stood like this (epoch ms). */
  readonly asOf: number;
  readonly features: readonly { readonly feature: Feature; readonly days: readonly DayUsage[] }[];
}

/** What a user used day by day, beside the account as it is now. Days lag the account by the projector's delay. */
export async function reportUsage(
  deps: ReportUsageDeps,
  { userId, feature, from, to }: UsageRequest,
): Promise<UsageReport> {
  const { account, asOf } = await readAccount(deps, userId, {});
  const names = feature === undefined ? featuresByName(account) : [feature];
  const features = await Promise.all(
    names.map(async (name) => ({ feature: name, days: await readUsage(deps, userId, name, from, to) })),
  );
  return { account, asOf, features };
}
