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

/** The required freshness of a response. */
export interface Freshness {
  /** Whether it must reflect every write accepted before this call. */
  readonly consistent?: boolean | undefined;
  /** The version that it must reflect at least, from an earlier response. */
  readonly minVersion?: number | undefined;
}

export interface AccountReading {
  readonly account: Account;
  /** When the account was read (epoch ms); it is advanced to `now`. */
  readonly asOf: number;
  readonly now: number;
  readonly cached: boolean;
}

/**
 * Reads a user's current account from memory, cache or table; for a new user, as it would be opened. Writes
 * only the cache.
 *
 * A version below `minVersion` is read again, consistently. If it is still lower, no such version was ever
 * accepted, and the response has the actual version.
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

/** Reads a user's account from the table, in the form of a cache entry. */
export async function loadAccount(
  { accounts, now }: Pick<ReadAccountDeps, 'accounts' | 'now'>,
  userId: string,
  consistent: boolean,
): Promise<Loaded<Account>> {
  const asOf = now();
  const value = await accounts.read(userId, { consistent });
  return { value, version: value?.version ?? 0, asOf };
}
