import type { LedgerStore } from '../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../domain/account.ts';
import { DEDUPE_WINDOW } from '../domain/dedupe-window.ts';
import { AccountBusy } from '../domain/faults.ts';
import { madeAt } from '../domain/operation.ts';
import type { Attempts } from './attempts.ts';

/** How many operations leave at once at most. */
const BATCH = 100;

/**
 * Makes room in an account that remembers as many operations as it can, as the projector would: minted ids leave by
 * age, callers' own keys only when their record was written long enough ago. So a stream at a standstill slows an
 * account down, and never locks it for good.
 *
 * Throws `AccountBusy` when nothing may leave yet.
 */
export async function makeRoom(
  ledger: Pick<LedgerStore, 'findRecords'>,
  attempts: Attempts,
  account: Account,
  now: number,
): Promise<Account> {
  if (account.operations.size < DEDUPE_WINDOW.room) return account;
  const settledBefore = now - DEDUPE_WINDOW.retentionMs - DEDUPE_WINDOW.clockSkewMs;
  const old = [...account.operations].filter(
    ([, { acceptedAtSeconds }]) => (acceptedAtSeconds + 1) * 1000 <= settledBefore,
  );
  const minted = old.filter(([, { keyed }]) => !keyed).map(([key]) => key);
  const keyed = old.filter(([, operation]) => operation.keyed).map(([key]) => key);

  const operations = new Map(account.operations);
  for (const key of minted.slice(0, BATCH)) operations.delete(key);
  // Which of the callers' keys were recorded is not to be seen in the account: some may wait for a stream that stands
  // still, and must not hide those behind them.
  for (let from = 0; from < keyed.length && operations.size === account.operations.size; from += BATCH) {
    const some = keyed.slice(from, from + BATCH);
    const records = await attempts.read(() => ledger.findRecords(account.userId, some));
    for (const [key, record] of records) {
      const isSettled =
        record.projectedAt <= settledBefore && (madeAt(record.operationId) ?? 0) <= settledBefore;
      if (isSettled) operations.delete(key);
    }
  }
  if (operations.size === account.operations.size) {
    throw new AccountBusy('the account remembers too many operations of the last seconds');
  }
  return { ...account, operations };
}
