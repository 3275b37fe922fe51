import type { AccountStore } from '../adapters/account-store.ts';
import type { Account } from '../domain/account.ts';
import type { QuotaRequest } from '../domain/quota-request.ts';
import { denialOf, type QuotaDenial } from './consume.ts';
import { type CurrentAccountDeps, currentAccount } from './current-account.ts';

export interface CheckDeps extends CurrentAccountDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly now: () => number;
}

export interface CheckRequest extends Pick<QuotaRequest, 'userId' | 'amounts'> {
  /** Whether the answer has to reflect every write accepted before this call. */
  readonly consistent?: boolean | undefined;
}

export type CheckOutcome =
  | { readonly code: 'allowed'; readonly account: Account }
  | { readonly code: 'denied'; readonly denial: QuotaDenial; readonly account: Account };

/** Says whether units could be used now. Changes nothing, promises nothing: only a consume or a reservation does. */
export async function check(deps: CheckDeps, request: CheckRequest): Promise<CheckOutcome> {
  const { userId, amounts, consistent = false } = request;
  const saved = await deps.accounts.read(userId, { consistent });
  const now = deps.now();
  const account = await currentAccount(deps, userId, saved, now);
  const denial = denialOf(account, amounts, now);
  return denial ? { code: 'denied', denial, account } : { code: 'allowed', account };
}
