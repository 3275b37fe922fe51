import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { DayUsage, UsageStore } from '../../adapters/dynamodb/usage-store.ts';
import { isProbe, TABLE } from '../../contract.ts';
import { type Account, brokenInvariants } from '../../domain/account.ts';
import { shownTotal } from '../../domain/count-use.ts';
import { ledgerEntry } from '../../domain/ledger.ts';
import { type AccountChange, type DayRollup, rollUp, usageCacheId } from '../../domain/rollup.ts';
import { type AlertCounts, type RaiseAlertsDeps, raiseAlerts } from '../alerts/raise-alerts.ts';
import { type RetryUntilDeps, retryUntil } from '../retry/retry-until.ts';
import { type ProjectionWork, projectEach } from './project-each.ts';
import { type PruneOperationsDeps, pruneOperations } from './prune-operations.ts';
import { type Retry, retryingAlertDeps, retryingPruneDeps } from './retrying-deps.ts';

export interface ProjectChangesDeps extends PruneOperationsDeps, RaiseAlertsDeps, RetryUntilDeps {
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

/** Time for retries where the caller sets no end. */
const RETRY_MS = 2_000;

/**
 * Projects a batch of the table's stream.
 *
 * ```
 * changes ─▶ ledger entries, operation records ─▶ usage by day and period ─▶ caches ─▶ alerts ─▶ prune
 * ```
 *
 * Invariants:
 *
 * - Every write is idempotent, so a batch may be delivered twice, or in parts. Each is retried by itself.
 * - Operations are pruned last: an account forgets an operation only after its record exists.
 * - Nothing written here ever admits a request.
 * - Probes have a ledger, and neither usage nor alerts: whatever counts users starts from those.
 *
 * @param changes in the order of the stream, without images whose version is unchanged
 * @param endsAt when retries end (epoch ms). @default two seconds from now
 * @throws ChangeNotProjected where a step failed for a change; later steps have not run
 */
export async function projectChanges(
  deps: ProjectChangesDeps,
  changes: readonly AccountChange[],
  endsAt = deps.now() + RETRY_MS,
): Promise<Projection> {
  const projectedAt = deps.now();
  const retry: Retry = (write) => retryUntil(deps, endsAt, write);
  await appendEntries(deps, changes, projectedAt, retry);

  const counted = changes.filter(({ after }) => !isProbe(after.userId));
  const { days, periods, late, levels } = rollUp(counted, deps.reportTimeZone);
  const { usage } = deps;
  const write = (of: { readonly userId: string }, set: () => Promise<void>) => ({
    of,
    run: () => retry(set),
  });
  await projectEach(changes, [
    ...days.map((rollup) => write(rollup, () => usage.setDay(rollup))),
    ...periods.map((rollup) => write(rollup, () => usage.setPeriod(rollup))),
    ...late.map((rollup) => write(rollup, () => usage.setLate(rollup))),
    ...levels.map((rollup) => write(rollup, () => usage.setLevel(rollup))),
  ]);

  const newest = new Map(changes.map(({ after }) => [after.userId, after]));
  await Promise.all([
    ...[...newest.values()].map((account) => refreshQuota(deps, account)),
    ...days.map((rollup) => countUsage(deps, rollup)),
  ]);
  const alerts = await raiseAlerts(retryingAlertDeps(deps, retry), counted);
  const pruneDeps = retryingPruneDeps(deps, retry);
  await projectEach(
    changes,
    [...newest.values()].map((account) => ({ of: account, run: () => pruneOperations(pruneDeps, account) })),
  );

  return {
    entries: changes.length,
    lagMs: Math.max(0, ...changes.map(({ after }) => projectedAt - after.change.at)),
    broken: changes.flatMap(violationsOf),
    alerts,
  };
}

/** In batches of DynamoDB's size, all at once: the ledger's order is in its keys. */
async function appendEntries(
  { ledger }: ProjectChangesDeps,
  changes: readonly AccountChange[],
  projectedAt: number,
  retry: Retry,
): Promise<void> {
  const works: ProjectionWork[] = [];
  for (let from = 0; from < changes.length; from += TABLE.batchPuts) {
    const batch = changes.slice(from, from + TABLE.batchPuts);
    const entries = batch.map(({ before, after }) => ledgerEntry(before, after, projectedAt));
    const [of] = batch;
    if (of) works.push({ of, run: () => ledger.append(entries, retry) });
  }
  await projectEach(changes, works);
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
