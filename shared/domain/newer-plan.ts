import type { Account, Counter } from './account.ts';
import { applyPlan, type Plan } from './plan.ts';

/** Returns the account on a newer version of its plan; `undefined` if the plan is another one or no newer. */
export function onNewerVersion(account: Account, plan: Plan, now: number): Account | undefined {
  const isNewer = plan.id === account.plan.id && plan.version > account.plan.version;
  return isNewer ? applyPlan(account, plan, now) : undefined;
}

/**
 * Returns the account as requests will see it. A denial is checked against the newest version of the plan, so
 * features that this version adds or raises are shown already; lowered or removed ones are shown unchanged.
 *
 * For responses only: the result keeps the plan version that was applied last, and must not be saved.
 *
 * @param plan the newest version of the account's plan
 */
export function withMoreRoom(account: Account, plan: Plan, now: number): Account {
  const newer = onNewerVersion(account, plan, now);
  if (!newer) return account;
  const counters = new Map(account.counters);
  for (const [feature, list] of newer.counters) {
    const own = account.counters.get(feature);
    if (!own || roomOf(list) > roomOf(own)) counters.set(feature, list);
  }
  return { ...account, counters };
}

/** The largest amount that all of a feature's counters admit. */
function roomOf(counters: readonly Counter[]): number {
  return Math.min(
    ...counters.map(({ enforced, remaining }) => (enforced ? remaining : Number.POSITIVE_INFINITY)),
  );
}
