import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account, Change } from '../../domain/account.ts';
import { onNewerVersion, withMoreRoom } from '../../domain/newer-plan.ts';

/** The result of a verb's step: the account's next state, or the reason of the denial. */
export type Step<Denial> =
  | {
      readonly account: Account;
      readonly details?: Partial<Change>;
      /** Units booked beyond the account's balance. */
      readonly shortfall?: number;
    }
  | { readonly denial: Denial };

/** Denials that a newer version of the plan may avoid. */
const PLAN_DENIALS: ReadonlySet<string> = new Set(['unknown_feature', 'exceeded', 'limit_too_large']);

/** A denial that holds for every version of the plan, from the account's own to the newest. */
export interface FinalDenial<Denial> {
  readonly denial: Denial;
  /** The account with the figures of the denial. */
  readonly account: Account;
  /**
   * When the newest version was read (epoch ms), at most 1 s ago; `undefined` if the denial does not depend
   * on the plan.
   */
  readonly planAsOf: number | undefined;
}

/**
 * Takes a step on an account. Before a denial it reads the newest version of the account's plan: if that
 * version admits the step, the step is taken on it, and the version is applied with it. A denial never
 * applies a version that lowers limits. The same holds for a step that books more units than the account has.
 *
 * A plan is read at most once a second, whatever the number of denials.
 */
export async function stepOnNewestPlan<Denial extends { readonly code: string }>(
  plans: Pick<PlanStore, 'recent'>,
  account: Account,
  now: number,
  step: (account: Account) => Step<Denial>,
): Promise<Taken<Denial> | FinalDenial<Denial>> {
  const first = step(account);
  if (!('denial' in first)) return first.shortfall ? leastShort(plans, account, now, step, first) : first;
  const { denial } = first;
  if (!PLAN_DENIALS.has(denial.code)) return { denial, account, planAsOf: undefined };
  const { plan, asOf: planAsOf } = await plans.recent(account.plan.id);
  const newer = plan && onNewerVersion(account, plan, now);
  if (!newer) return { denial, account, planAsOf };
  const taken = step(newer);
  if (!('denial' in taken)) return taken;
  const shown = withMoreRoom(account, plan, now);
  const final = step(shown);
  return 'denial' in final
    ? { denial: final.denial, account: shown, planAsOf }
    : { denial, account, planAsOf };
}

type Taken<Denial> = Exclude<Step<Denial>, { denial: Denial }>;

/** Returns the step on the newest version of the plan if its shortfall is smaller, otherwise `first`. */
async function leastShort<Denial>(
  plans: Pick<PlanStore, 'recent'>,
  account: Account,
  now: number,
  step: (account: Account) => Step<Denial>,
  first: Taken<Denial>,
): Promise<Taken<Denial>> {
  const { plan } = await plans.recent(account.plan.id);
  const newer = plan && onNewerVersion(account, plan, now);
  const taken = newer && step(newer);
  if (!taken || 'denial' in taken) return first;
  return (taken.shortfall ?? 0) < (first.shortfall ?? 0) ? taken : first;
}
