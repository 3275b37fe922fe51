import type { Account } from '../domain/account.ts';
import type { QuotaRequest } from '../domain/quota-request.ts';
import { denialOf, type QuotaDenial } from './consume.ts';
import { type Freshness, type ReadAccountDeps, readAccount } from './read-account.ts';

export interface CheckRequest extends Pick<QuotaRequest, 'userId' | 'amounts'>, Freshness {}

export type CheckOutcome =
  | { readonly code: 'allowed'; readonly account: Account }
  | { readonly code: 'denied'; readonly denial: QuotaDenial; readonly account: Account };

/** Says whether units could be used now. Changes nothing, promises nothing: only a consume or a reservation does. */
export async function check(
  deps: ReadAccountDeps,
  { userId, amounts, ...freshness }: CheckRequest,
): Promise<CheckOutcome> {
  const { account, now } = await readAccount(deps, userId, freshness);
  const denial = denialOf(account, amounts, now);
  return denial ? { code: 'denied', denial, account } : { code: 'allowed', account };
}
