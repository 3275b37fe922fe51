import type { AccountStore } from '../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../domain/account.ts';
import { DEDUPE_WINDOW } from '../domain/dedupe-window.ts';
import { AccountBusy } from '../domain/faults.ts';
import { isMinted, madeAt, type Operation, operationKey, recall } from '../domain/operation.ts';
import type { Attempts } from './attempts.ts';

export interface FindEarlierDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly ledger: Pick<LedgerStore, 'findRecord' | 'newest'>;
}

/** How many ledger entries one look goes through, newest first. */
const PAGE = 100;

/**
 * Whether an operation whose id the caller sent was accepted before, beyond what the account itself remembers.
 * `undefined`: not before this moment, so a write within the time budget cannot charge it twice.
 *
 * A key made just now needs no look (`DEDUPE_WINDOW`). A minted id comes back only after an `outcome_unknown`: it
 * has no record, so the ledger is searched back to the moment it was made.
 */
export async function findEarlier(
  deps: FindEarlierDeps,
  attempts: Attempts,
  userId: string,
  operation: Operation,
  now: number,
): Promise<'replayed' | 'key_reused' | undefined> {
  if (!operation.keyed) return undefined;
  if (isMinted(operation.id)) return findInLedger(deps, attempts, userId, operation);
  if (isFresh(operation.id, now)) return undefined;
  const record = await attempts.read((signal) => deps.ledger.findRecord(userId, operation.id, signal));
  return record && compare(record.fingerprint, operation);
}

function isFresh(operationId: string, now: number): boolean {
  const made = madeAt(operationId);
  if (made === undefined) return false;
  const ageMs = now - made;
  return ageMs <= DEDUPE_WINDOW.freshMs && ageMs >= -DEDUPE_WINDOW.clockSkewMs;
}

async function findInLedger(
  deps: FindEarlierDeps,
  attempts: Attempts,
  userId: string,
  operation: Operation,
): Promise<'replayed' | 'key_reused' | undefined> {
  const account = await attempts.read((signal) => deps.accounts.read(userId, { consistent: true, signal }));
  if (!account) return undefined;
  const known = recall(account, operation);
  if (known !== 'new') return known;

  const since = (madeAt(operation.id) ?? 0) - DEDUPE_WINDOW.clockSkewMs;
  const projected = new Set<string>();
  let head = 0;
  let below = account.version;
  for (;;) {
    const page = await attempts.read(() => deps.ledger.newest(userId, PAGE, below));
    for (const entry of page) {
      head = Math.max(head, entry.version);
      projected.add(operationKey(entry.operationId));
      if (entry.operationId === operation.id) return compare(entry.fingerprint, operation);
    }
    const oldest = page.at(-1);
    if (!oldest || oldest.at < since || oldest.version === 1) break;
    below = oldest.version - 1;
  }
  if (isWhole(account, head, projected)) return undefined;
  throw new AccountBusy('the ledger is behind, so it cannot say yet whether this operation was accepted');
}

/** Whether every change that the ledger lacks is still remembered by the account, and so was looked at. */
function isWhole(account: Account, head: number, projected: ReadonlySet<string>): boolean {
  const remembered = [...account.operations.keys()].filter((key) => !projected.has(key));
  return remembered.length >= account.version - head;
}

function compare(fingerprint: string, operation: Operation): 'replayed' | 'key_reused' {
  return fingerprint === operation.fingerprint ? 'replayed' : 'key_reused';
}
