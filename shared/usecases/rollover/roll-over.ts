import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from '../quota/change-account.ts';

export interface NothingDue {
  readonly code: 'nothing_due';
}

/**
 * Saves the changes that time alone has made to an account: closed periods, expired reservations, the end of
 * a plan.
 *
 * ```
 * stored account ─▶ advance to now ─▶ nothing due: denied `nothing_due`
 *                                  └▶ save on its version (`changeAccount`)
 * ```
 *
 * Resets do not depend on rollovers: every request advances the account first, and the blind write's
 * condition rejects a period that is over. Rollovers update the stored figures, reports and alerts of
 * accounts without requests. Idempotent: late, repeated or concurrent runs close a period once.
 */
export async function rollOver(deps: ChangeAccountDeps, userId: string): Promise<ChangeOutcome<NothingDue>> {
  const arrivedAt = deps.now();
  const amounts = new Map<string, number>();
  return changeAccount<NothingDue>(deps, {
    userId,
    kind: 'rollover',
    operation: identifyOperation('rollover', { amounts }, arrivedAt),
    amounts,
    arrivedAt,
    step: (account, _now, saved) =>
      account === saved || !saved ? { denial: { code: 'nothing_due' } } : { account },
  });
}
