import type { LedgerArchive } from '../../adapters/dynamodb/ledger-archive.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface DueEntriesDeps extends RetryDeps {
  readonly ledgerArchive: Pick<LedgerArchive, 'after'>;
}

/** An account's ledger lacks a version: what follows cannot be archived. */
export class LedgerGap extends Error {
  constructor(version: number) {
    super(`version ${version} of the ledger is missing: later entries are not archived`);
    this.name = 'LedgerGap';
  }
}

/** Entries per request: the first shows whether anything is due, and few are read in vain. */
const PAGES = [1, 50];
const LARGEST_PAGE = 500;

/**
 * Yields an account's entries after a version that were made before an instant (epoch ms), page by page, the
 * oldest first.
 *
 * @throws LedgerGap after the last entry before a missing version
 */
export async function* dueEntries(
  deps: DueEntriesDeps,
  userId: string,
  version: number,
  before: number,
): AsyncGenerator<readonly LedgerEntry[]> {
  for (let after = version, page = 0; ; page += 1) {
    const limit = PAGES[page] ?? LARGEST_PAGE;
    const start = after;
    const entries = await retry(deps, () => deps.ledgerArchive.after(userId, start, limit));
    const end = entries.findIndex(
      (entry, index) => entry.at >= before || entry.version !== start + 1 + index,
    );
    const due = end < 0 ? entries : entries.slice(0, end);
    if (due.length > 0) yield due;
    after += due.length;
    const next = entries[due.length];
    if (next && next.at < before) throw new LedgerGap(after + 1);
    if (next || entries.length < limit) return;
  }
}
