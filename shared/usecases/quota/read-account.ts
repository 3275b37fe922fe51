import type { Loaded } from '../../adapters/cache/cache-entry.ts';
import type { VersionedCache } from '../../adapters/cache/versioned-cache.ts';
import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account } from '../../domain/account.ts';
import { type CurrentAccountDeps, currentAccount } from './current-account.ts';

export interface ReadAccountDeps extends CurrentAccountDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly plans: Pick<PlanStore, 'current' | 'recent'>;
  readonly quotaCache: Pick<VersionedCache<Account>, 'read' | 'put'>;
  readonly now: () => number;
}

/** How fresh an answer has to be. */
export interface Freshness {
  /** Whether it has to reflect every write accepted before this call. */
  readonly consistent?: boolean | undefined;
  /** The version it has to reflect at least, as an earlier answer told it. */
  readonly minVersion?: number | undefined;
}

export interface AccountReading {
  readonly account: Account;
  /** When this was how the account stood (epoch ms); time's own changes are taken into account up to now. */
  readonly asOf: number;
  readonly now: number;
  readonly cached: boolean;
}

/**
 * A user's account as it is now, from memory, cache or table; for a user nobody has seen, as it would be opened. Nothing
 * is written but the cache.
 *
 * An answer older than `minVersion` is read again, consistently. Should it still be older, then no such version was
 * ever accepted, and the answer says which one it has.
 */
export async function readAccount(
  deps: ReadAccountDeps,
  userId: string,
  { consistent = false, minVersion = 0 }: Freshness,
): Promise<AccountReading> {
  const load = (isConsistent: boolean) => loadAccount(deps, userId, isConsistent);
  const found = consistent ? undefined : await deps.quotaCache.read(userId, () => load(false));
  const isFreshEnough = found !== undefined && found.version >= minVersion;
  const loaded = isFreshEnough ? found : await load(true);
  if (!isFreshEnough) await deps.quotaCache.put(userId, loaded);

  const now = deps.now();
  return {
    account: await currentAccount(deps, userId, loaded.value, now),
    asOf: loaded.asOf,
    now,
    cached: isFreshEnough && found.from !== 'store',
  };
}

/** A user's account from the table, as the cache keeps it. */
export async function loadAccount(
  { accounts, now }: Pick<ReadAccountDeps, 'accounts' | 'now'>,
  userId: string,
  consistent: boolean,
): Promise<Loaded<Account>> {
  const asOf = now();
  const value = await accounts.read(userId, { consistent });
  return { value, version: value?.version ?? 0, asOf };
}
