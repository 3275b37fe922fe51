import type { Account } from '../../shared/domain/account.ts';
import { isoInstant } from '../../shared/domain/quota-result.ts';
import type { ChangeOutcome } from '../../shared/usecases/change-account.ts';
import type { ReserveResult } from '../../shared/usecases/reserve.ts';
import type { SettleDenial, SettleRequest } from '../../shared/usecases/settle-reservation.ts';
import type { Problem } from '../runtime/problems.ts';
import type { Reply } from '../runtime/reply.ts';
import { type Asked, replyToChange } from './quota-reply.ts';

/** Tells a reservation's id and expiry beside the result: 201 for a new one, 200 for one made before. */
export function replyToReservation(
  { outcome, reservationId }: ReserveResult,
  asked: Asked,
  now: number,
): Reply {
  const reply = replyToChange(outcome, asked, now);
  if ('problem' in reply || outcome.code === 'key_reused') return reply;
  const hold = outcome.account.holds.get(reservationId);
  // A repetition may come after the reservation was settled or had expired.
  const expiresAt = hold ? isoInstant(hold.expiresAt) : null;
  const status = outcome.code === 'changed' ? 201 : 200;
  return { ...reply, status, body: { reservationId, expiresAt, ...reply.body } };
}

/** What settling a reservation in a second, different way comes to. */
export const SETTLED: Problem = {
  code: 'reservation_settled',
  detail:
    'It was confirmed with another amount, or released. What came first counts, and nothing was changed now.',
};

/** Tells how a reservation ended. Settling it in two ways is a conflict, in the same way twice a repetition. */
export function replyToSettlement(
  outcome: ChangeOutcome<SettleDenial>,
  { userId, reservationId, amount }: SettleRequest,
  now: number,
): Reply {
  const feature = outcome.code === 'key_reused' ? undefined : featureOf(outcome.account, reservationId);
  const amounts = new Map(feature === undefined ? [] : [[feature, amount ?? 0]]);
  const reply = replyToChange(outcome, { userId, amounts, about: 'one' }, now);
  if (!('problem' in reply)) {
    return { ...reply, body: { reservationId, ...reply.body, amount: amount ?? 0 } };
  }
  if (outcome.code !== 'key_reused') return reply;
  return {
    problem: SETTLED,
    ...(reply.decision && { decision: { ...reply.decision, outcome: SETTLED.code } }),
  };
}

/**
 * The feature a reservation was on: from the open hold, or from the account's newest change where that settled it.
 * A late repetition finds neither, and is answered without a balance.
 */
function featureOf({ holds, change }: Account, reservationId: string): string | undefined {
  const amounts =
    holds.get(reservationId)?.amounts ?? (change?.reservationId === reservationId ? change.amounts : null);
  return amounts?.keys().next().value;
}
