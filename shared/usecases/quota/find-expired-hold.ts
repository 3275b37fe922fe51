import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../../domain/account.ts';
import { AccountBusy } from '../../domain/faults.ts';
import { type ExpiredHold, heldPeriods } from '../../domain/hold.ts';

export interface FindExpiredHoldDeps {
  readonly ledger: Pick<LedgerStore, 'findRecord' | 'findReservation' | 'newest'>;
}

export interface ExpiredHoldQuery {
  readonly userId: string;
  readonly reservationId: string;
  /** The operation id of every settlement of the reservation. */
  readonly settlementId: string;
}

/**
 * Finds the hold of an expired reservation that the account has released, or is about to release; `undefined`
 * if there was none in the last days. At most three reads.
 *
 * ```
 * reserved ── in the account ──▶ record and ledger entry ── expired, released ──▶ found by the record
 *                └── settled ──▶ remembered by the account ──▶ record of the settlement
 * ```
 *
 * The account remembers a reservation's operation, and a settlement, until their records exist. So an
 * operation that is neither in `saved` nor in a record read after `saved` was not applied before `saved`; one
 * applied later changes the version on which the outcome is saved. This holds however late any of these
 * requests is delivered.
 *
 * @throws AccountBusy while the projector has not written the reservation yet, and if it was settled
 * meanwhile
 * @param saved the account as it was read, before this call
 */
export async function findExpiredHold(
  { ledger }: FindExpiredHoldDeps,
  { userId, reservationId, settlementId }: ExpiredHoldQuery,
  saved: Account | undefined,
  signal: AbortSignal,
): Promise<ExpiredHold | undefined> {
  const hold = saved?.holds.get(reservationId);
  if (saved && hold) return { ...hold, periods: heldPeriods(saved, hold) };
  const [settlement, record] = await Promise.all([
    ledger.findRecord(userId, settlementId, signal),
    ledger.findReservation(userId, reservationId, signal),
  ]);
  if (settlement) throw new AccountBusy('another request has just settled the reservation');
  if (!record && !saved?.operations.has(reservationId)) return undefined;
  const [entry] = record ? await ledger.newest(userId, 1, record.version) : [];
  if (!record || entry?.version !== record.version) {
    throw new AccountBusy('the ledger has not reached the reservation yet');
  }
  return entry.reservation && { amounts: entry.amounts, madeBy: entry.version, ...entry.reservation };
}
