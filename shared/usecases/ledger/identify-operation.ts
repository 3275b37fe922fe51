import type { ChangeKind } from '../../domain/account.ts';
import { fingerprintOf, mintOperationId, type Operation } from '../../domain/operation.ts';
import type { QuotaRequest } from '../../domain/quota-request.ts';

/** Identifies a request's operation by the caller's key, or by an id minted now (epoch ms). */
export function identifyOperation(
  kind: ChangeKind,
  { idempotencyKey, amounts, context }: Omit<QuotaRequest, 'userId'>,
  now: number,
  extra?: string | number,
): Operation {
  return {
    id: idempotencyKey ?? mintOperationId(now),
    keyed: idempotencyKey !== undefined,
    fingerprint: fingerprintOf({ kind, amounts, ...context, extra }),
  };
}
