import type { AccountStore, Pruning } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { AcceptedOperation, Account } from '../../domain/account.ts';
import { DEDUPE_WINDOW, nextFloor } from '../../domain/dedupe-window.ts';
import { KEY_AHEAD_MS, keyTime } from '../../domain/operation.ts';

export interface PruneOperationsDeps {
  readonly accounts: Pick<AccountStore, 'prune'>;
  readonly ledger: Pick<LedgerStore, 'findRecords'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * Prunes an account: forgets the operations that an earlier pruning settled, settles others, and raises the
 * floor (see `DEDUPE_WINDOW`). Does nothing while there is little to settle, since it costs a write on the
 * account.
 *
 * @param account an image of it; an older image settles fewer operations, or loses against another pruning
 * @param isFull whether the account has no room, so that it is pruned even if there is little to settle
 * @returns whether the account was pruned, by this call or by another
 */
export async function pruneOperations(
  deps: PruneOperationsDeps,
  account: Account,
  { isFull = false } = {},
): Promise<boolean> {
  const { operations, floor } = account;
  const unsettled = [...operations].filter(([, { isSettled }]) => !isSettled);
  const isWorthIt = isFull || unsettled.length > DEDUPE_WINDOW.pruneAbove;
  if (!isWorthIt || nextFloor(floor, deps.now()) === undefined) return false;
  const keyed = unsettled.filter(([, operation]) => operation.keyed).map(([key]) => key);
  const madeAt = await readKeyTimes(deps, account.userId, keyed);
  // Taken after the reads: every record was seen before this instant.
  const prunedAt = deps.now();
  const settle = unsettled
    .filter(([key, { keyed }]) => !keyed || isSettleable(madeAt.get(key), prunedAt))
    .map(([key, operation]): [string, AcceptedOperation] => [key, { ...operation, isSettled: true }]);
  const forget = [...operations.keys()].filter((key) => operations.get(key)?.isSettled);
  if (settle.length + forget.length === 0) return false;
  const pruning: Pruning = {
    userId: account.userId,
    floor: { from: floor, to: prunedAt - DEDUPE_WINDOW.floorLagMs },
    forget,
    settle: new Map(settle),
  };
  await deps.accounts.prune(pruning);
  return true;
}

/**
 * Whether a caller's key can be settled at `prunedAt`. `madeAt` is its own time, `undefined` without a
 * record; epoch ms. A key dated ahead stays until it is no longer fresh. A key dated further ahead than
 * accepted keys may be had no plausible time when it was accepted.
 */
function isSettleable(madeAt: number | undefined, prunedAt: number): boolean {
  if (madeAt === undefined) return false;
  const latest = prunedAt + DEDUPE_WINDOW.clockSkewMs;
  return madeAt < latest || madeAt > latest + KEY_AHEAD_MS;
}

/** Reads when the keys with a record were created (epoch ms); 0 for a key without a time. */
async function readKeyTimes(
  { ledger, now }: PruneOperationsDeps,
  userId: string,
  keys: readonly string[],
): Promise<Map<string, number>> {
  const records = await ledger.findRecords(userId, keys);
  const prunedAt = now();
  return new Map([...records].map(([key, { operationId }]) => [key, keyTime(operationId, prunedAt) ?? 0]));
}
