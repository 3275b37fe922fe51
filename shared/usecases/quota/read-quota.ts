import { Fault } from '../../domain/faults.ts';
import { withMoreRoom } from '../../domain/newer-plan.ts';
import type { Plan } from '../../domain/plan.ts';
import { type AccountReading, type Freshness, type ReadAccountDeps, readAccount } from './read-account.ts';

/**
 * Reads a user's quota as requests will see it: the account, with the features that the newest version of its
 * plan adds or raises (`withMoreRoom`). The plan may come from the cache; a consistent read uses it like
 * `consume`. While the plan cannot be read, the account is returned without it.
 */
export async function readQuota(
  deps: ReadAccountDeps,
  userId: string,
  freshness: Freshness,
): Promise<AccountReading> {
  const reading = await readAccount(deps, userId, freshness);
  const plan = await newestPlan(deps, reading.account.plan.id, freshness);
  return plan ? { ...reading, account: withMoreRoom(reading.account, plan, reading.now) } : reading;
}

async function newestPlan(
  { plans }: ReadAccountDeps,
  planId: string,
  { consistent = false }: Freshness,
): Promise<Plan | undefined> {
  try {
    return consistent ? (await plans.recent(planId)).plan : await plans.current(planId);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
