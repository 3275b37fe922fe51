import type { PlanStore } from '../../adapters/dynamodb/plan-store.ts';
import type { Account, Change } from '../../domain/account.ts';
import { onNewerVersion, withMoreRoom } from '../../domain/newer-plan.ts';

/** What a verb makes of an account: its next state, or the reason why there is none. */
export type Step<Denial> =
  | {
      readonly account: Account;
      readonly details?: Partial<Change>;
      /** Units that the account did not have and that were booked all the same. */
      readonly shortfall?: number;
    }
  | { readonly denial: Denial };

/** Denials that a newer version of the plan may not give. */
const PLAN_DENIALS: ReadonlySet<string> = new Set(['unknown_feature', 'exceeded', 'limit_too_large']);

/** A denial that holds for every version of the plan, from the account's own to the newest. */
export interface FinalDenial<Denial> {
  readonly denial: Denial;
  /** The account with the figures that the denial is about. */
  readonly account: Account;
  /** When the newest version was read (epoch ms), at most 1 s ago; `undefined` where the denial depends on no plan. */
  readonly planAsOf: number | undefined;
}

/**
 * Takes a step on an account. Before a denial it looks at the newest version of the account's plan: if that version
 * admits the step, the step is taken on it, and the version is applied with it. A version that lowers limits is not
 * applied by a denial. The same goes for a step that is booked although the account is short of units.
 *
 * A plan is read at most once a second, however many requests are denied.
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
  const told = step(shown);
  return 'denial' in told ? { denial: told.denial, account: shown, planAsOf } : { denial, account, planAsOf };
}

type Taken<Denial> = Exclude<Step<Denial>, { denial: Denial }>;

/** The step on the newest version of the plan, if less is short there; `first` otherwise. */
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
