import { Fault } from '../../domain/faults.ts';
import type { QuotaRequest } from '../../domain/quota-request.ts';
import { denialOf, type QuotaDenial } from './consume.ts';
import { type AccountReading, type Freshness, type ReadAccountDeps, readAccount } from './read-account.ts';
import { type Step, stepOnNewestPlan } from './step-on-newest-plan.ts';

export interface CheckRequest extends Pick<QuotaRequest, 'userId' | 'amounts'>, Freshness {}

export type CheckOutcome = AccountReading &
  ({ readonly code: 'allowed' } | { readonly code: 'denied'; readonly denial: QuotaDenial });

/**
 * Checks whether units could be used now, by the rules of `consume`: an edited plan is applied before a
 * denial. It changes nothing and guarantees nothing; only a consume or a reservation does. While the plan
 * cannot be read, a denial is returned without it.
 */
export async function check(
  deps: ReadAccountDeps,
  { userId, amounts, ...freshness }: CheckRequest,
): Promise<CheckOutcome> {
  const reading = await readAccount(deps, userId, freshness);
  const { now } = reading;
  const ask = (account: AccountReading['account']): Step<QuotaDenial> => {
    const denial = denialOf(account, amounts, now);
    return denial ? { denial } : { account };
  };
  const step = await stepOnNewestPlan(deps.plans, reading.account, now, ask).catch((error: unknown) => {
    if (error instanceof Fault) return { ...reading, ...ask(reading.account) };
    throw error;
  });
  const { account } = step;
  return 'denial' in step
    ? { ...reading, account, code: 'denied', denial: step.denial }
    : { ...reading, account, code: 'allowed' };
}
