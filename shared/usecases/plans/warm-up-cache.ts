import { loadAccount, type ReadAccountDeps } from '../quota/read-account.ts';
import { type WarmUpPlansDeps, warmUpPlans } from './warm-up-plans.ts';

export interface WarmUpCacheDeps
  extends WarmUpPlansDeps,
    Pick<ReadAccountDeps, 'accounts' | 'quotaCache' | 'now'> {}

/** Entries put into the cache; 0 if Redis does not respond, which is no error. */
export interface WarmUp {
  readonly plans: number;
  readonly users: number;
}

/** Preloads the caches with every plan, or with one user. */
export async function warmUpCache(deps: WarmUpCacheDeps, userId?: string): Promise<WarmUp> {
  if (userId === undefined) return { plans: await warmUpPlans(deps), users: 0 };
  const isFilled = await deps.quotaCache.put(userId, await loadAccount(deps, userId, true));
  return { plans: 0, users: isFilled ? 1 : 0 };
}
