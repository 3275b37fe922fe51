import { isoInstant } from '../../../shared/domain/account.ts';
import type { ReserveResult } from '../../../shared/usecases/quota/reserve.ts';
import type {
  Settlement,
  SettleRequest,
  SettleResult,
} from '../../../shared/usecases/quota/settle-reservation.ts';
import type { Problem } from '../problems.ts';
import type { Reply } from '../reply.ts';
import { type Asked, replyToChange } from './quota-reply.ts';

/** Adds a reservation's id and expiry to the result: 201 for a new one, 200 for a replay. */
export function replyToReservation(
  { outcome, reservationId }: ReserveResult,
  asked: Asked,
  now: number,
): Reply {
  const reply = replyToChange(outcome, asked, now);
  if ('problem' in reply || !('account' in outcome)) return reply;
  const hold = outcome.account.holds.get(reservationId);
  // A replay may follow the settlement or expiry of the reservation.
  const expiresAt = hold ? isoInstant(hold.expiresAt) : null;
  const status = outcome.code === 'changed' ? 201 : 200;
  return { ...reply, status, body: { reservationId, expiresAt, ...reply.body } };
}

/** A reservation that was confirmed is confirmed with another amount, or released. */
export const SETTLED: Problem = {
  code: 'reservation_settled',
  detail:
    'The reservation was already confirmed; it cannot be released or confirmed with another amount. Nothing was changed.',
};

/** A reservation that was released is confirmed. */
export const RELEASED: Problem = {
  code: 'reservation_released',
  detail:
    'The reservation was already released and cannot be confirmed. Nothing was changed; consume the units that were used.',
};

/**
 * The reply to a settlement: how the reservation ended and what that changed. A repeated settlement is a
 * replay; another one is a conflict.
 */
export function replyToSettlement(
  { outcome, settlement }: SettleResult,
  { userId, reservationId, amount }: SettleRequest,
  now: number,
): Reply {
  const amounts = new Map([...(settlement?.amounts?.keys() ?? [])].map((feature) => [feature, amount ?? 0]));
  const reply = replyToChange(outcome, { userId, amounts, about: 'one' }, now);
  if (!('problem' in reply)) {
    const overdrawn = settlement?.amounts ? largestOverdraft(settlement) : null;
    return { ...reply, body: { reservationId, ...reply.body, amount: amount ?? 0, overdrawn } };
  }
  if (outcome.code !== 'key_reused') return reply;
  const problem = settlement?.kind === 'cancel' ? RELEASED : SETTLED;
  return {
    problem,
    ...(reply.decision && { decision: { ...reply.decision, outcome: problem.code } }),
  };
}

/** The largest overdraft of a counter, in units; 0: none. */
function largestOverdraft({ overdrawn = [] }: Settlement): number {
  return Math.max(0, ...overdrawn.map(({ amount }) => amount));
}
