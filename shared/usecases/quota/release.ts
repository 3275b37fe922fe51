import type { QuotaRequest } from '../../domain/quota-request.ts';
import { type GaugeRelease, releaseGauges } from '../../domain/release-gauge.ts';
import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from './change-account.ts';

export type ReleaseDenial = Exclude<GaugeRelease, { code: 'released' }>;

/**
 * Releases units of gauges, such as bytes of deleted files.
 *
 * Denials: `not_a_gauge`, `release_exceeds_usage`, `unknown_feature`; a denial changes nothing.
 */
export async function release(
  deps: ChangeAccountDeps,
  request: QuotaRequest,
): Promise<ChangeOutcome<ReleaseDenial>> {
  const arrivedAt = deps.now();
  return changeAccount(deps, {
    userId: request.userId,
    kind: 'release',
    operation: identifyOperation('release', request, arrivedAt),
    amounts: request.amounts,
    arrivedAt,
    context: request.context,
    step: (account) => {
      const released = releaseGauges(account, request.amounts);
      return released.code === 'released' ? { account: released.account } : { denial: released };
    },
  });
}
