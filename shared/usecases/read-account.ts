import type { AccountStore } from '../adapters/account-store.ts';
import type { Account } from '../domain/account.ts';
import { type CurrentAccountDeps, currentAccount } from './current-account.ts';

export interface ReadAccountDeps extends CurrentAccountDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly now: () => number;
}

/** How fresh an answer has to be. */
export interface Freshness {
  /** Whether it has to reflect every write accepted before this call. */
  readonly consistent?: boolean | undefined;
  /** The version it has to reflect at least, as an earlier answer told it. */
  readonly minVersion?: number | undefined;
}

/**
 * A user's account as it is now; for a user nobody has seen, as it would be opened. Nothing is written.
 *
 * An answer older than `minVersion` is read again, consistently. Should it still be older, then no such version was
 * ever accepted, and the answer says which one it has.
 */
export async function readAccount(
  deps: ReadAccountDeps,
  userId: string,
  { consistent = false, minVersion = 0 }: Freshness,
): Promise<{ readonly account: Account; readonly now: number }> {
  let saved = await deps.accounts.read(userId, { consistent });
  if (!consistent && (saved?.version ?? 0) < minVersion) {
    saved = await deps.accounts.read(userId, { consistent: true });
  }
  const now = deps.now();
  return { account: await currentAccount(deps, userId, saved, now), now };
}
