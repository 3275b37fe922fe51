import type { Account, Counter } from './account.ts';
import { applyPlan, type Plan } from './plan.ts';

/** The account on a newer version of its plan; `undefined` for another plan, or where it has this version already. */
export function onNewerVersion(account: Account, plan: Plan, now: number): Account | undefined {
  const isNewer = plan.id === account.plan.id && plan.version > account.plan.version;
  return isNewer ? applyPlan(account, plan, now) : undefined;
}

/**
 * The account as its requests find it: a newer version of its plan is applied before a denial that it would not give, so
 * features that it adds, or gives more room, are shown as there. What it lowers or removes is shown as before.
 *
 * For answers only: it keeps the plan version that was applied last, and must not be saved.
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

/** Units that a feature's counters admit together. */
function roomOf(counters: readonly Counter[]): number {
  return Math.min(
    ...counters.map(({ enforced, remaining }) => (enforced ? remaining : Number.POSITIVE_INFINITY)),
  );
}
