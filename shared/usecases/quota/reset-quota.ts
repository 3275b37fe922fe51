import { resetUsage } from '../../domain/reset-and-grant.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount, type Step } from './change-account.ts';

export interface ResetRequest {
  readonly userId: string;
  /** The features to reset. @default every metered feature */
  readonly features?: readonly string[] | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface UnknownFeature {
  readonly code: 'unknown_feature';
  readonly feature: string;
}

/** Sets a user's usage to 0 in the current periods. Limits, grants, reservations and the periods stay. */
export async function resetQuota(
  deps: ChangeAccountDeps,
  { userId, features, idempotencyKey }: ResetRequest,
): Promise<ChangeOutcome<UnknownFeature>> {
  const arrivedAt = deps.now();
  const amounts = new Map<string, number>();
  return changeAccount<UnknownFeature>(deps, {
    userId,
    kind: 'reset',
    operation: identifyOperation('reset', { idempotencyKey, amounts }, arrivedAt, features?.join(' ')),
    amounts,
    arrivedAt,
    step: (account): Step<UnknownFeature> => {
      const feature = features?.find((name) => !account.counters.has(name));
      if (feature !== undefined) return { denial: { code: 'unknown_feature', feature } };
      const reset = resetUsage(account, features);
      return { account: reset.account, details: { amounts: reset.amounts } };
    },
  });
}
