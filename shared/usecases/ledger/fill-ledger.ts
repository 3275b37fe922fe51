import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import { TABLE } from '../../contract.ts';
import type { Account } from '../../domain/account.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import type { VersionRange } from '../../domain/ledger-audit.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface FillLedgerDeps extends RetryDeps {
  readonly ledger: Pick<LedgerStore, 'append'>;
  /** The ledger of the table that this one was restored from. */
  readonly former: Pick<LedgerStore, 'newest'>;
  /** The moment that the table was restored to (epoch ms). */
  readonly restoredAt: number;
}

/** Clocks of functions differ by less; a later entry of the former table is not in the restored one. */
const CLOCK_SKEW_MS = 500;

/**
 * Copies missing entries of a restored account, with their operation records, from the former table. A change
 * that the projector had not written at the moment of the restore is in the account only, and in the stream
 * of the former table, whose projector wrote it later.
 *
 * Run it when the projector of the restored table has no lag: then every missing version is older than the
 * restore. Where the account has not changed since, its last change confirms the entry of its version.
 *
 * @returns the number of copied entries; the former table may lack some, too
 */
export async function fillLedger(
  deps: FillLedgerDeps,
  account: Account,
  missing: readonly VersionRange[],
): Promise<number> {
  let filled = 0;
  for (const range of missing) filled += await fillRange(deps, account, range);
  return filled;
}

async function fillRange(
  deps: FillLedgerDeps,
  account: Account,
  { from, to }: VersionRange,
): Promise<number> {
  const { former, ledger } = deps;
  let filled = 0;
  for (let top = to; top >= from; ) {
    const page = await retry(deps, () => former.newest(account.userId, TABLE.batchPuts, top));
    const entries = page.filter((entry) => entry.version >= from && isCommon(deps, account, entry));
    if (entries.length > 0) await retry(deps, () => ledger.append(entries));
    filled += entries.length;
    const last = page.at(-1);
    if (!last) break;
    top = last.version - 1;
  }
  return filled;
}

/** Whether an entry of the former table is part of the restored account's history. */
function isCommon({ restoredAt }: FillLedgerDeps, account: Account, entry: LedgerEntry): boolean {
  if (entry.version === account.version) return entry.operationId === account.change?.operationId;
  return entry.at <= restoredAt + CLOCK_SKEW_MS;
}
