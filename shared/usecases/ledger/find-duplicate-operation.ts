import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../../domain/account.ts';
import { DEDUPE_WINDOW } from '../../domain/dedupe-window.ts';
import { AccountBusy } from '../../domain/faults.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { FOLLOWED_MS } from '../../domain/next-version.ts';
import { isReturned, keyTime, type Operation, operationKey } from '../../domain/operation.ts';
import type { OperationRetry } from '../retry/operation-retry.ts';

export interface FindDuplicateDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly ledger: Pick<LedgerStore, 'findRecord' | 'newest' | 'checkpoint'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/**
 * The knowledge about an operation before its write, as of an instant (epoch ms). `new`: it was not accepted
 * before; a write that carries the instant is rejected if the account may have accepted and forgotten the
 * operation since. `key_expired`: it may have been accepted, so long ago that the ledger no longer has it.
 */
export interface Knowledge {
  readonly code: 'new' | 'replayed' | 'key_reused' | 'key_expired';
  readonly asOf: number;
}

/** Ledger entries per read, newest first. */
const PAGE = 100;

/**
 * How long after an id was minted its change may be dated: the call's time budget, on a clock ahead, after a
 * change dated ahead.
 */
const LATEST_DATE_MS = DEDUPE_WINDOW.budgetMs + DEDUPE_WINDOW.clockSkewMs + FOLLOWED_MS;

/**
 * Looks up whether an operation was accepted before, beyond the operations that the account remembers.
 *
 * An operation without a key is new: its id was minted for this call. A fresh key needs no look-up, and its
 * own time is the age of the knowledge. Any other key is looked up in the operation records. An id that this
 * service minted and that a caller sends as a key, after an `outcome_unknown`, usually has no record: then
 * the account and its ledger are searched.
 *
 * @param mustLook whether to look up a fresh key, too
 * @throws AccountBusy while the ledger does not yet show the outcome of a returned id
 */
export async function findDuplicate(
  deps: FindDuplicateDeps,
  attempts: OperationRetry,
  userId: string,
  operation: Operation,
  { arrivedAt, mustLook = false }: { arrivedAt: number; mustLook?: boolean },
): Promise<Knowledge> {
  if (!operation.keyed) return { code: 'new', asOf: arrivedAt };
  const asOf = deps.now();
  const made = keyTime(operation.id, asOf);
  const isBack = isReturned(operation.id, asOf);
  if (made !== undefined && isFresh(made, asOf) && !isBack && !mustLook) {
    return { code: 'new', asOf: Math.min(made, asOf) };
  }
  const record = await attempts.read((signal) => deps.ledger.findRecord(userId, operation.id, signal));
  const isSearched = !record && isBack && made !== undefined;
  const earlier = isSearched ? await findUnrecorded(deps, attempts, userId, operation, made) : record;
  if (!earlier) return { code: 'new', asOf };
  if (earlier === 'expired') return { code: 'key_expired', asOf };
  return { code: earlier.fingerprint === operation.fingerprint ? 'replayed' : 'key_reused', asOf };
}

function isFresh(made: number, now: number): boolean {
  return made >= now - DEDUPE_WINDOW.freshMs && made <= now + DEDUPE_WINDOW.aheadMs;
}

/**
 * Finds an operation without a record in the account or in its ledger. `expired`: it is not there, and may
 * have been in the part of the ledger that a checkpoint replaces.
 *
 * @param made when its id was minted (epoch ms)
 */
async function findUnrecorded(
  { accounts, ledger }: FindDuplicateDeps,
  attempts: OperationRetry,
  userId: string,
  operation: Operation,
  made: number,
): Promise<{ readonly fingerprint: string } | 'expired' | undefined> {
  const account = await attempts.read((signal) => accounts.read(userId, { consistent: true, signal }));
  if (!account) return undefined;
  const remembered = account.operations.get(operationKey(operation.id));
  if (remembered) return remembered;

  const checkpoint = await attempts.read((signal) => ledger.checkpoint(userId, signal));
  const base = checkpoint?.version ?? 0;
  const kept: KeptLedger = {
    base,
    read: (limit, to) => attempts.read(() => ledger.newest(userId, limit, to, base + 1)),
  };
  const from = made - DEDUPE_WINDOW.clockSkewMs;
  const found = await findKept(kept, account, operation.id, { from, to: made + LATEST_DATE_MS });
  return found ?? (checkpoint && checkpoint.at >= from ? 'expired' : undefined);
}

/** A ledger after the version `base` of its checkpoint; 0: the whole of it. */
interface KeptLedger {
  readonly base: number;
  /** At most `limit` entries from version `to` downwards. */
  readonly read: (limit: number, to: number) => Promise<LedgerEntry[]>;
}

/** Finds the entry of an operation by its id; its date, if it exists, is in the range (epoch ms). */
async function findKept(
  ledger: KeptLedger,
  account: Account,
  operationId: string,
  dates: { readonly from: number; readonly to: number },
): Promise<LedgerEntry | undefined> {
  const tail = await readBack(ledger, account.version, firstAcceptance(account));
  if (!isWhole(account, tail, ledger.base)) throw behind();
  const isIt = (entry: LedgerEntry) => entry.operationId === operationId;
  const recent = tail.find(isIt);
  const oldest = tail.at(-1);
  if (recent || !oldest || oldest.at < dates.from) return recent;
  const last = await lastDated(ledger, oldest.version - 1, dates.to);
  const earlier = await readBack(ledger, last, dates.from);
  if ((earlier[0]?.version ?? ledger.base) !== last) throw behind();
  return earlier.find(isIt);
}

/**
 * Reads entries from version `to` downwards, until one is dated before `from` (epoch ms), or all that are
 * kept. Empty if there are none.
 *
 * @throws AccountBusy if an entry below the first one is missing: it might be the operation's
 */
async function readBack({ base, read }: KeptLedger, to: number, from: number): Promise<LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for (let below = to; below > base; ) {
    const page = await read(PAGE, below);
    entries.push(...page);
    const oldest = page.at(-1);
    if (!oldest && entries.length > 0) throw behind();
    if (!oldest || oldest.at < from) break;
    below = oldest.version - 1;
  }
  const hasGap = entries.some(
    ({ version }, index) => index > 0 && entries[index - 1]?.version !== version + 1,
  );
  if (hasGap) throw behind();
  return entries;
}

/**
 * Binary search for the last version up to `high` that is dated no later than `at` (epoch ms); `base`: none.
 * A version without an entry counts as dated like the one before it. Versions are in the order of their
 * dates.
 */
async function lastDated({ base, read }: KeptLedger, high: number, at: number): Promise<number> {
  let [low, top] = [base, high];
  while (low < top) {
    const middle = Math.ceil((low + top) / 2);
    const [entry] = await read(1, middle);
    if (entry && entry.at > at) top = middle - 1;
    else low = middle;
  }
  return low;
}

/** When the first remembered operation was accepted (epoch ms); its entry is not dated earlier. */
function firstAcceptance({ operations }: Account): number {
  const seconds = [...operations.values()].map(({ acceptedAtSeconds }) => acceptedAtSeconds);
  return seconds.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER) * 1000;
}

/**
 * Whether the account remembers every change that the ledger lacks, so that the search covers all changes.
 */
function isWhole(account: Account, tail: readonly LedgerEntry[], base: number): boolean {
  const projected = new Set(tail.map(({ operationId }) => operationKey(operationId)));
  const unprojected = [...account.operations.keys()].filter((key) => !projected.has(key));
  return unprojected.length >= account.version - (tail[0]?.version ?? base);
}

function behind(): AccountBusy {
  return new AccountBusy('the ledger does not show yet whether this operation was accepted');
}
