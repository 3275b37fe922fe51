import { identifyOperation } from '../ledger/identify-operation.ts';
import { type ChangeAccountDeps, type ChangeOutcome, changeAccount } from '../quota/change-account.ts';

export interface NothingDue {
  readonly code: 'nothing_due';
}

/**
 * Writes down what time has done to an account: closed periods, expired reservations, the end of a plan. Requests do
 * that themselves when they need it; this is for accounts that nobody asks for. Twice is as good as once.
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
