import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { Amounts, Change } from '../../domain/account.ts';
import { CONFIRM_GRACE_MS, type ExpiredHold, holdIn, settleHold } from '../../domain/hold.ts';
import { fingerprintOf, type Operation, operationKey } from '../../domain/operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from './change-account.ts';
import { findExpiredHold } from './find-expired-hold.ts';

export interface SettleReservationDeps extends ChangeAccountDeps {
  readonly ledger: ChangeAccountDeps['ledger'] & Pick<LedgerStore, 'findReservation'>;
}

export interface SettleRequest {
  readonly userId: string;
  readonly reservationId: string;
  /** The amount actually used of each reserved feature, 0 or more; `null` releases the reservation. */
  readonly amount: number | null;
}

export type SettleDenial =
  /** Never created, or its record has expired. */
  | { readonly code: 'reservation_not_found' }
  /** It could be settled until `settleableUntil` (epoch ms). */
  | { readonly code: 'reservation_expired'; readonly expiresAt: number; readonly settleableUntil: number };

/** How a reservation ended; without amounts while the ledger has not reached that change. */
export type Settlement = Pick<Change, 'kind' | 'overdrawn'> & Partial<Pick<Change, 'amounts'>>;

export interface SettleResult {
  readonly outcome: ChangeOutcome<SettleDenial>;
  /** The change that settled the reservation, now or before; `undefined` if the settlement was denied. */
  readonly settlement: Settlement | undefined;
}

/**
 * Settles a reservation once: confirms it with the amount actually used, or releases it. The operation id is
 * derived from the reservation's id, so the first settlement counts, a retry of it is a replay, and the other
 * kind gets `key_reused`.
 *
 * A confirmation reports completed work: it is booked in full, whatever remains, and `settlement.overdrawn`
 * has the excess over the limits. This holds until `CONFIRM_GRACE_MS` after the reservation expired, for a
 * suspended account, and for a feature that the plan no longer has.
 */
export async function settleReservation(
  deps: SettleReservationDeps,
  { userId, reservationId, amount }: SettleRequest,
): Promise<SettleResult> {
  const operation = settlementOf(reservationId, amount);
  const query = { userId, reservationId, settlementId: operation.id };
  const outcome = await changeAccount<SettleDenial, ExpiredHold>(deps, {
    userId,
    kind: kindOf(amount),
    operation,
    amounts: new Map(),
    arrivedAt: deps.now(),
    look: async (account, saved, signal) =>
      account.holds.has(reservationId) ? undefined : findExpiredHold(deps, query, saved, signal),
    step: (account, now, _, expired) => {
      const hold = account.holds.get(reservationId) ?? (expired && holdIn(account, expired));
      if (!hold) return { denial: { code: 'reservation_not_found' } };
      const { expiresAt } = hold;
      const settleableUntil = expiresAt + CONFIRM_GRACE_MS;
      if (now >= settleableUntil)
        return { denial: { code: 'reservation_expired', expiresAt, settleableUntil } };
      const used: Amounts = new Map([...hold.amounts.keys()].map((feature) => [feature, amount ?? 0]));
      const { late, overdrawn, account: settled } = settleHold(account, reservationId, hold, used, now);
      return {
        account: settled,
        details: { amounts: used, reservationId, late, overdrawn },
        shortfall: overdrawn.reduce((sum, { amount: over }) => sum + over, 0),
      };
    },
  });
  if (outcome.code === 'denied') return { outcome, settlement: undefined };
  const own = 'account' in outcome ? outcome.account.change : undefined;
  const settlement =
    own?.operationId === operation.id ? own : await findSettlement(deps, userId, reservationId);
  return { outcome, settlement };
}

/**
 * Reads how a reservation was settled from the ledger; while the ledger lags, from the account's operations.
 */
async function findSettlement(
  { ledger, accounts }: SettleReservationDeps,
  userId: string,
  reservationId: string,
): Promise<Settlement> {
  const released = settlementOf(reservationId, null);
  const record = await ledger.findRecord(userId, released.id);
  const [entry] = record ? await ledger.newest(userId, 1, record.version) : [];
  if (entry && entry.version === record?.version) return entry;
  const account = record ? undefined : await accounts.read(userId, { consistent: true });
  const accepted = record ?? account?.operations.get(operationKey(released.id));
  return { kind: accepted?.fingerprint === released.fingerprint ? 'cancel' : 'confirm' };
}

function settlementOf(reservationId: string, amount: number | null): Operation {
  const kind = kindOf(amount);
  return {
    id: `settle_${reservationId}`,
    keyed: true,
    fingerprint: fingerprintOf({ kind, amounts: new Map(), extra: amount ?? undefined }),
  };
}

function kindOf(amount: number | null): 'confirm' | 'cancel' {
  return amount === null ? 'cancel' : 'confirm';
}
