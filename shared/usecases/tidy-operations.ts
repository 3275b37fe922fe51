import type { AccountStore } from '../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../domain/account.ts';
import { DEDUPE_WINDOW } from '../domain/dedupe-window.ts';
import { madeAt, operationKey } from '../domain/operation.ts';

export interface TidyOperationsDeps {
  readonly accounts: Pick<AccountStore, 'forget'>;
  readonly ledger: Pick<LedgerStore, 'newest'>;
}

/** Operations that leave in one write; DynamoDB bounds an expression's length. */
const BATCH = 200;

/**
 * Lets an account forget operations whose ledger entry, and record where they have one, has stood for the retention
 * time. Does nothing before more than a handful may leave: it costs a query and a write on the account.
 *
 * @param account its newest known image; older than the table's at worst, which only keeps operations longer
 */
export async function tidyOperations(
  deps: TidyOperationsDeps,
  account: Account,
  now: number,
): Promise<number> {
  const settledBefore = now - DEDUPE_WINDOW.retentionMs - DEDUPE_WINDOW.clockSkewMs;
  const isOld = (key: string) => {
    const operation = account.operations.get(key);
    return operation !== undefined && (operation.acceptedAtSeconds + 1) * 1000 <= settledBefore;
  };
  const old = [...account.operations.keys()].filter(isOld);
  if (old.length <= DEDUPE_WINDOW.tidyAbove) return 0;

  const entries = await deps.ledger.newest(account.userId, account.operations.size + BATCH, account.version);
  const settled = entries
    .filter(({ projectedAt }) => projectedAt <= settledBefore)
    // A key dated ahead of our clock stays until it no longer counts as fresh.
    .filter(({ operationId }) => (madeAt(operationId) ?? 0) <= settledBefore)
    .map(({ operationId }) => operationKey(operationId))
    .filter(isOld)
    .slice(0, BATCH);
  if (settled.length > 0) await deps.accounts.forget(account.userId, settled);
  return settled.length;
}
