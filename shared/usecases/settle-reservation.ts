import type { Amounts } from '../domain/account.ts';
import { settleHold } from '../domain/hold.ts';
import { fingerprintOf } from '../domain/operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount, type Step } from './change-account.ts';
import type { QuotaDenial } from './consume.ts';

export interface SettleRequest {
  readonly userId: string;
  readonly reservationId: string;
  /** The true amount used of the reserved feature, 0 or more; `null` releases the reservation. */
  readonly amount: number | null;
}

export type SettleDenial =
  | Extract<QuotaDenial, { code: 'exceeded' }>
  /** Never made, or expired and released by itself. */
  | { readonly code: 'reservation_not_found' };

/**
 * Ends a reservation once: confirms it with the true amount, or releases it. The reservation's own id makes the
 * operation id, so whichever comes first counts, the same again is a replay, and the other one gets `key_reused`.
 *
 * Confirming more than was reserved is admitted as far as the quota has room (`exceeded` otherwise; the
 * reservation then stays open).
 */
export async function settleReservation(
  deps: ChangeAccountDeps,
  { userId, reservationId, amount }: SettleRequest,
): Promise<ChangeOutcome<SettleDenial>> {
  const kind = amount === null ? 'cancel' : 'confirm';
  return changeAccount<SettleDenial>(deps, {
    userId,
    kind,
    operation: {
      id: `settle_${reservationId}`,
      keyed: true,
      fingerprint: fingerprintOf({ kind, amounts: new Map(), extra: amount ?? undefined }),
    },
    amounts: new Map(),
    arrivedAt: deps.now(),
    step: (account): Step<SettleDenial> => {
      const hold = account.holds.get(reservationId);
      if (!hold) return { denial: { code: 'reservation_not_found' } };
      const used: Amounts = new Map([...hold.amounts.keys()].map((feature) => [feature, amount ?? 0]));
      const settled = settleHold(account, reservationId, hold, used);
      if (settled.code !== 'settled') return { denial: settled };
      const { late } = settled;
      return { account: settled.account, details: { amounts: used, reservationId, late } };
    },
  });
}
