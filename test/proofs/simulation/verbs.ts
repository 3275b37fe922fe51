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
import type { Act, Deed } from './script.ts';
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
      readonly code: 'said';
      readonly account: Account;
      readonly consistent: boolean;
      readonly why: string | undefined;
    }
  | { readonly code: 'done' };

export interface Request {
  readonly act: Act & { readonly deed: Exclude<Deed, { verb: 'sweep' | 'sync' | 'at Stripe' }> };
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
  const { userId, deed } = act;
  const context = { resourceId: markOf(act) };
  switch (deed.verb) {
    case 'consume':
      return replyOf(await consume(deps, { userId, amounts: deed.amounts, idempotencyKey, context }));
    case 'check': {
      const { amounts, consistent } = deed;
      const checked = await check(deps, { userId, amounts, consistent });
      const why = checked.code === 'denied' ? checked.denial.code : undefined;
      return { code: 'said', account: checked.account, consistent, why };
    }
    case 'reserve': {
      const { amounts, ttlSeconds } = deed;
      const made = await reserve(deps, { userId, amounts, ttlSeconds, idempotencyKey, context });
      const reply = replyOf(made.outcome);
      return 'operationId' in reply ? { ...reply, reservationId: made.reservationId } : reply;
    }
    case 'settle':
      if (reservationId === undefined) return { code: 'done' };
      return replyOf((await settleReservation(deps, { userId, reservationId, amount: deed.amount })).outcome);
    case 'release':
      return replyOf(await release(deps, { userId, amounts: deed.amounts, idempotencyKey, context }));
    case 'grant': {
      const { feature, amount } = deed;
      return replyOf(
        await grantQuota(deps, { userId, feature, amount, reason: markOf(act), idempotencyKey }),
      );
    }
    case 'reset':
      return replyOf(await resetQuota(deps, { userId, features: deed.features, idempotencyKey }));
    case 'set plan': {
      const schedule = deed.timeZone === undefined ? undefined : { timeZone: deed.timeZone };
      const outcome = await setUserPlan(deps, { userId, planId: deed.planId, schedule, idempotencyKey });
      return outcome.code === 'unknown_plan' ? { code: 'done' } : replyOf(outcome);
    }
    case 'edit plan':
      await putPlan(deps, deed.planId, {
        name: deed.planId,
        allowances: deed.allowances,
        prices: { ...pricesOfPlan(deed.planId), ...(deed.isOddNamed && { odd: ODD_PRICE }) },
      });
      return { code: 'done' };
  }
}

function replyOf(outcome: ChangeOutcome<{ readonly code: string }>): Reply {
  if (outcome.code !== 'denied') return outcome;
  return { code: 'denied', why: outcome.denial.code, account: outcome.account };
}
