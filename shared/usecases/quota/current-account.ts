import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import { isProbe, PROBES } from '../../contract.ts';
import type { Account } from '../../domain/account.ts';
import { advance, isOverdue } from '../../domain/advance.ts';
import { openAccount, type Plan } from '../../domain/plan.ts';

export interface CurrentAccountDeps {
  readonly plans: Pick<PlanStore, 'current'>;
  /** The plan of a new user, and of a user whose plan is over. */
  readonly defaultPlanId: string;
}

/**
 * Returns the account as of `now` (epoch ms): opened on the default plan if none is saved, advanced if time
 * has changed it. Writes nothing; the version stays that of the saved item.
 */
export async function currentAccount(
  deps: CurrentAccountDeps,
  userId: string,
  saved: Account | undefined,
  now: number,
): Promise<Account> {
  if (saved && !isOverdue(saved, now)) return saved;
  const isPlanOver = !saved || saved.validUntil <= now;
  const plan = await requirePlan(deps, isPlanOver ? firstPlanId(deps, userId) : saved.plan.id);
  return saved ? advance(saved, plan, now) : openAccount(userId, plan, now);
}

/** The plan of a user without another. */
function firstPlanId({ defaultPlanId }: CurrentAccountDeps, userId: string): string {
  return isProbe(userId) ? PROBES.planId : defaultPlanId;
}

async function requirePlan({ plans }: CurrentAccountDeps, planId: string): Promise<Plan> {
  const plan = await plans.current(planId);
  if (!plan) throw new Error(`the plan "${planId}" is in use but does not exist`);
  return plan;
}
