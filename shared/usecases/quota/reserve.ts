import { MAX_OPEN_RESERVATIONS } from '../../contract.ts';
import { placeHold } from '../../domain/hold.ts';
import { operationKey } from '../../domain/operation.ts';
import type { QuotaRequest } from '../../domain/quota-request.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from './change-account.ts';
import { denialOf, type QuotaDenial } from './consume.ts';

export interface ReserveRequest extends QuotaRequest {
  readonly ttlSeconds: number;
}

export type ReserveDenial = QuotaDenial | { readonly code: 'too_many_reservations'; readonly limit: number };

export interface ReserveResult {
  readonly outcome: ChangeOutcome<ReserveDenial>;
  /** Equal for every retry of the same operation. */
  readonly reservationId: string;
}

/**
 * Reserves units until they are confirmed or released, at most `ttlSeconds`. Denials are those of `consume`,
 * and `too_many_reservations`.
 */
export async function reserve(deps: ChangeAccountDeps, request: ReserveRequest): Promise<ReserveResult> {
  const { userId, amounts, context, ttlSeconds } = request;
  const arrivedAt = deps.now();
  const operation = identifyOperation('reserve', request, arrivedAt, ttlSeconds);
  const reservationId = operationKey(operation.id);
  const outcome = await changeAccount<ReserveDenial>(deps, {
    userId,
    kind: 'reserve',
    operation,
    amounts,
    arrivedAt,
    context,
    step: (account, now) => {
      const denial = denialOf(account, amounts, now);
      if (denial) return { denial };
      if (account.holds.size >= MAX_OPEN_RESERVATIONS) {
        return { denial: { code: 'too_many_reservations', limit: MAX_OPEN_RESERVATIONS } };
      }
      return {
        account: placeHold(account, reservationId, amounts, now + ttlSeconds * 1000),
        details: { reservationId },
      };
    },
  });
  return { outcome, reservationId };
}
