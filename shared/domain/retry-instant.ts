import { type Account, FAR_FUTURE } from './account.ts';
import { advance } from './advance.ts';
import { onNewerVersion } from './newer-plan.ts';
import type { Plan } from './plan.ts';

/** The plans an account is on while nothing but time passes. */
export interface PlansAhead {
  /** The newest version of the account's own plan. */
  readonly own: Plan;
  /** The plan after `validUntil`; absent for a plan without an end. */
  readonly afterwards: Plan | undefined;
}

/**
 * Returns the earliest instant after `now` (epoch ms) at which a denied request would be admitted if nothing
 * but time passed; `undefined`: never.
 *
 * Units become available when a period ends, when a hold expires, and when a paid plan ends. Between two ends
 * of periods only holds expire, so availability only grows: the last expiry decides whether any of them
 * suffices.
 *
 * @param isAdmitted whether an account that is current at the instant admits the request
 */
export function retryInstant(
  account: Account,
  plans: PlansAhead,
  now: number,
  isAdmitted: (account: Account, at: number) => boolean,
): number | undefined {
  const admits = (at: number) => {
    const plan = account.validUntil <= at ? (plans.afterwards ?? plans.own) : plans.own;
    const then = advance(account, plan, at);
    const newer = onNewerVersion(then, plan, at);
    return isAdmitted(then, at) || (newer !== undefined && isAdmitted(newer, at));
  };
  const expiries = inOrder([...account.holds.values()].map(({ expiresAt }) => expiresAt));
  const ends = inOrder([account.validUntil, ...periodEnds(account)]).filter(
    (end) => end > now && end < FAR_FUTURE,
  );
  for (const [index, start] of [now, ...ends].entries()) {
    const next = ends[index] ?? FAR_FUTURE;
    const moments = [start, ...expiries.filter((at) => at > start && at < next)].filter((at) => at > now);
    const last = moments.at(-1);
    if (last !== undefined && admits(last)) return firstThat(moments, admits) ?? last;
  }
  return undefined;
}

function periodEnds({ counters }: Account): number[] {
  return [...counters.values()].flatMap((list) => list.map(({ periodEnd }) => periodEnd));
}

function inOrder(instants: readonly number[]): number[] {
  return [...new Set(instants)].sort((a, b) => a - b);
}

/** Binary search for the first instant that suffices; all instants after it do. */
function firstThat(instants: readonly number[], suffices: (instant: number) => boolean): number | undefined {
  let [low, high] = [0, instants.length - 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (suffices(instants[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return instants[low];
}
