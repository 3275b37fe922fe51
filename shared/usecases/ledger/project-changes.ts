import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { DayUsage, UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import { type Account, brokenInvariants } from '../../domain/account.ts';
import { shownTotal } from '../../domain/count-use.ts';
import { ledgerEntry } from '../../domain/ledger.ts';
import { type AccountChange, type DayRollup, rollUp, usageCacheId } from '../../domain/rollup.ts';
import { type AlertCounts, type RaiseAlertsDeps, raiseAlerts } from '../alerts/raise-alerts.ts';
import { type PruneOperationsDeps, pruneOperations } from './prune-operations.ts';

export interface ProjectChangesDeps extends PruneOperationsDeps, RaiseAlertsDeps {
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
  readonly ledger: Pick<LedgerStore, 'append'> & PruneOperationsDeps['ledger'];
  readonly usage: Pick<UsageStore, 'setDay' | 'setPeriod' | 'setLate' | 'setLevel'>;
  readonly quotaCache: Pick<VersionedCache<Account>, 'refresh'>;
  readonly usageCache: Pick<VersionedCache<readonly DayUsage[]>, 'increment'>;
  /** Epoch ms. */
  readonly now: () => number;
}

export interface Projection {
  readonly entries: number;
  /** Age of the oldest change when it was projected (ms). */
  readonly lagMs: number;
  /** One line for each violated invariant of an image; empty when all images are consistent. */
  readonly broken: readonly string[];
  readonly alerts: AlertCounts;
}

/**
 * Projects a batch of the table's stream.
 *
 * ```
 * changes ─▶ ledger entries, operation records ─▶ usage by day and period ─▶ caches ─▶ alerts ─▶ prune
 * ```
 *
 * Invariants:
 *
 * - Every write is idempotent, so a batch may be delivered twice, or in parts.
 * - Operations are pruned last: an account forgets an operation only after its record exists.
 * - Nothing written here ever admits a request.
 *
 * @param changes in the order of the stream, without images whose version is unchanged
 */
export async function projectChanges(
  deps: ProjectChangesDeps,
  changes: readonly AccountChange[],
): Promise<Projection> {
  const projectedAt = deps.now();
  await deps.ledger.append(changes.map(({ before, after }) => ledgerEntry(before, after, projectedAt)));

  const { days, periods, late, levels } = rollUp(changes, deps.reportTimeZone);
  await Promise.all([
    ...days.map((rollup) => deps.usage.setDay(rollup)),
    ...periods.map((rollup) => deps.usage.setPeriod(rollup)),
    ...late.map((rollup) => deps.usage.setLate(rollup)),
    ...levels.map((rollup) => deps.usage.setLevel(rollup)),
  ]);

  const newest = new Map(changes.map(({ after }) => [after.userId, after]));
  await Promise.all([
    ...[...newest.values()].map((account) => refreshQuota(deps, account)),
    ...days.map((rollup) => countUsage(deps, rollup)),
  ]);
  const alerts = await raiseAlerts(deps, changes);
  for (const account of newest.values()) await pruneOperations(deps, account);

  return {
    entries: changes.length,
    lagMs: Math.max(0, ...changes.map(({ after }) => projectedAt - after.change.at)),
    broken: changes.flatMap(violationsOf),
    alerts,
  };
}

async function refreshQuota(
  { quotaCache }: ProjectChangesDeps,
  account: AccountChange['after'],
): Promise<void> {
  const { userId, version, change } = account;
  await quotaCache.refresh(userId, { value: account, version, asOf: change.at });
}

async function countUsage({ usageCache }: ProjectChangesDeps, rollup: DayRollup): Promise<void> {
  const { userId, feature, date, lifetime, lifetimeBefore, firstVersion, version } = rollup;
  await usageCache.increment(usageCacheId(userId, feature), {
    about: date,
    count: shownTotal(lifetime - lifetimeBefore),
    firstVersion,
    version,
  });
}

function violationsOf({ before, after }: AccountChange): string[] {
  const violations = brokenInvariants(after);
  const expected = (before?.version ?? 0) + 1;
  if (after.version !== expected) violations.push(`version ${after.version} follows ${expected - 1}`);
  return violations.map((violation) => `version ${after.version}: ${violation}`);
}
