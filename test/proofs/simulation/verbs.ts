import type { Account } from '../../../shared/domain/account.ts';
import { putPlan } from '../../../shared/usecases/plans/put-plan.ts';
import { setUserPlan } from '../../../shared/usecases/plans/set-user-plan.ts';
import type { ChangeOutcome } from '../../../shared/usecases/quota/change-account.ts';
import { check } from '../../../shared/usecases/quota/check.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import { release } from '../../../shared/usecases/quota/release.ts';
import { reserve } from '../../../shared/usecases/quota/reserve.ts';
import { resetQuota } from '../../../shared/usecases/quota/reset-quota.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import type { NodeDeps } from './node.ts';
import type { Act, Action } from './script.ts';
import { ODD_PRICE, pricesOfPlan } from './stripe/prices.ts';

/** The outcome of a request of any verb. */
export type Reply =
  | {
      readonly code: 'changed' | 'replayed';
      readonly account: Account;
      readonly operationId: string;
      readonly reservationId?: string;
    }
  | { readonly code: 'denied'; readonly why: string; readonly account: Account }
  | { readonly code: 'key_reused' }
  /** A check's answer; `why` it would be denied, if it would. */
  | {
      readonly code: 'checked';
      readonly account: Account;
      readonly consistent: boolean;
      readonly why: string | undefined;
    }
  | { readonly code: 'done' };

export interface Request {
  readonly act: Act & { readonly action: Exclude<Action, { verb: 'sweep' | 'sync' | 'at Stripe' }> };
  readonly key: string | undefined;
  /** The reservation of a settlement. */
  readonly reservationId: string | undefined;
}

/** The mark by which ledger entries name the act that caused them. */
export const markOf = (act: Pick<Act, 'number'>): string => `act ${act.number}`;

/** Executes a request, as its handler does. */
export async function perform(
  deps: NodeDeps,
  { act, key: idempotencyKey, reservationId }: Request,
): Promise<Reply> {
  const { userId, action } = act;
  const context = { resourceId: markOf(act) };
  switch (action.verb) {
    case 'consume':
      return replyOf(await consume(deps, { userId, amounts: action.amounts, idempotencyKey, context }));
    case 'check': {
      const { amounts, consistent } = action;
      const checked = await check(deps, { userId, amounts, consistent });
      const why = checked.code === 'denied' ? checked.denial.code : undefined;
      return { code: 'checked', account: checked.account, consistent, why };
    }
    case 'reserve': {
      const { amounts, ttlSeconds } = action;
      const made = await reserve(deps, { userId, amounts, ttlSeconds, idempotencyKey, context });
      const reply = replyOf(made.outcome);
      return 'operationId' in reply ? { ...reply, reservationId: made.reservationId } : reply;
    }
    case 'settle':
      if (reservationId === undefined) return { code: 'done' };
      return replyOf(
        (await settleReservation(deps, { userId, reservationId, amount: action.amount })).outcome,
      );
    case 'release':
      return replyOf(await release(deps, { userId, amounts: action.amounts, idempotencyKey, context }));
    case 'grant': {
      const { feature, amount } = action;
      return replyOf(
        await grantQuota(deps, { userId, feature, amount, reason: markOf(act), idempotencyKey }),
      );
    }
    case 'reset':
      return replyOf(await resetQuota(deps, { userId, features: action.features, idempotencyKey }));
    case 'set plan': {
      const schedule = action.timeZone === undefined ? undefined : { timeZone: action.timeZone };
      const outcome = await setUserPlan(deps, { userId, planId: action.planId, schedule, idempotencyKey });
      return outcome.code === 'unknown_plan' ? { code: 'done' } : replyOf(outcome);
    }
    case 'edit plan':
      await putPlan(deps, action.planId, {
        name: action.planId,
        allowances: action.allowances,
        prices: { ...pricesOfPlan(action.planId), ...(action.isOddNamed && { odd: ODD_PRICE }) },
      });
      return { code: 'done' };
  }
}

function replyOf(outcome: ChangeOutcome<{ readonly code: string }>): Reply {
  if (outcome.code === 'key_expired') throw new Error('the whole ledger is kept');
  if (outcome.code !== 'denied') return outcome;
  return { code: 'denied', why: outcome.denial.code, account: outcome.account };
}
