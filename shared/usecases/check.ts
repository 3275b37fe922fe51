import type { QuotaRequest } from '../domain/quota-request.ts';
import { denialOf, type QuotaDenial } from './consume.ts';
import { type AccountReading, type Freshness, type ReadAccountDeps, readAccount } from './read-account.ts';

export interface CheckRequest extends Pick<QuotaRequest, 'userId' | 'amounts'>, Freshness {}

export type CheckOutcome = AccountReading &
  ({ readonly code: 'allowed' } | { readonly code: 'denied'; readonly denial: QuotaDenial });

/** Says whether units could be used now. Changes nothing, promises nothing: only a consume or a reservation does. */
export async function check(
  deps: ReadAccountDeps,
  { userId, amounts, ...freshness }: CheckRequest,
): Promise<CheckOutcome> {
  const reading = await readAccount(deps, userId, freshness);
  const denial = denialOf(reading.account, amounts, reading.now);
  return denial ? { ...reading, code: 'denied', denial } : { ...reading, code: 'allowed' };
}
