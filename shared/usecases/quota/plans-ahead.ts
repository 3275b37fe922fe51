import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { type Account, FAR_FUTURE } from '../../domain/account.ts';
import { type PlansAhead, retryInstant } from '../../domain/retry-instant.ts';
import type { FinalDenial } from './step-on-newest-plan.ts';

export interface PlansAheadDeps {
  readonly plans: Pick<PlanStore, 'recent'>;
  readonly defaultPlanId: string;
}

/**
 * Returns the plans that an account will have while nothing but time passes, at most 1 s old; `undefined`:
 * its plan no longer exists.
 */
async function findPlansAhead(
  { plans, defaultPlanId }: PlansAheadDeps,
  { plan, validUntil }: Account,
): Promise<PlansAhead | undefined> {
  const { plan: own } = await plans.recent(plan.id);
  const afterwards = validUntil < FAR_FUTURE ? (await plans.recent(defaultPlanId)).plan : undefined;
  return own && { own, afterwards };
}

/** Denials that time alone may end. */
const PASSING: ReadonlySet<string> = new Set(['exceeded', 'too_many_reservations']);

/** Returns when time alone ends a denial. @param at the instant of the denial (epoch ms) */
export async function findRetry<Denial extends { readonly code: string }>(
  deps: PlansAheadDeps,
  { denial, account }: FinalDenial<Denial>,
  at: number,
  isAdmitted: (then: Account, instant: number) => boolean,
): Promise<{ readonly retryAt: number | undefined; readonly plansAhead: PlansAhead | undefined }> {
  const plansAhead = PASSING.has(denial.code) ? await findPlansAhead(deps, account) : undefined;
  return { plansAhead, retryAt: plansAhead && retryInstant(account, plansAhead, at, isAdmitted) };
}
