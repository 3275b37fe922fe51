import { grantUnits } from '../../domain/reset-and-grant.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount, type Step } from './change-account.ts';
import type { UnknownFeature } from './reset-quota.ts';

export interface GrantRequest {
  readonly userId: string;
  readonly feature: string;
  /** Units, 1 … `MAX_AMOUNT`. */
  readonly amount: number;
  readonly reason: string;
  readonly idempotencyKey?: string | undefined;
}

export type GrantDenial = UnknownFeature | { readonly code: 'limit_too_large'; readonly feature: string };

/**
 * Grants a user more units of a feature until its current period ends. Denials: `unknown_feature`,
 * `limit_too_large`.
 */
export async function grantQuota(
  deps: ChangeAccountDeps,
  { userId, feature, amount, reason, idempotencyKey }: GrantRequest,
): Promise<ChangeOutcome<GrantDenial>> {
  const arrivedAt = deps.now();
  const amounts = new Map([[feature, amount]]);
  return changeAccount<GrantDenial>(deps, {
    userId,
    kind: 'grant',
    operation: identifyOperation('grant', { idempotencyKey, amounts }, arrivedAt, reason),
    amounts,
    arrivedAt,
    step: (account): Step<GrantDenial> => {
      if (!account.counters.has(feature)) return { denial: { code: 'unknown_feature', feature } };
      const granted = grantUnits(account, feature, amount);
      return granted
        ? { account: granted, details: { reason } }
        : { denial: { code: 'limit_too_large', feature } };
    },
  });
}
