import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../../domain/account.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { LedgerAudit } from '../../domain/ledger-audit.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface AuditLedgerDeps extends RetryDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly ledger: Pick<LedgerStore, 'newest'>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** `gone`: there is no such account. `interrupted`: there was no time to read all of its ledger. */
export type LedgerAuditOutcome =
  | { readonly code: 'gone' | 'interrupted' }
  | {
      readonly code: 'audited';
      readonly entries: number;
      readonly findings: readonly string[];
      /** Whether the ledger did not reach the account's version, so that the sums were not compared. */
      readonly isBehind: boolean;
    };

/** Entries per request. */
const PAGE = 1_000;
/** How often the projector is waited for, and how long each time. */
const CATCH_UP_TRIES = 3;
const CATCH_UP_MS = 1_000;
/** A batch that the projector repeats may be in the ledger in part: findings are looked for again after this. */
const RECHECK_MS = 3_000;
/** The stream keeps records for a day: a change that is older and not in the ledger never will be. */
const STREAM_RETENTION_MS = 24 * 3_600_000;

/**
 * Compares a user's account with the whole of its ledger. The account is read first and the ledger up to its version, so
 * that later changes play no part. Where the projector has not reached that version after a few seconds, the ledger is
 * judged as far as it reaches, unless the change is older than the stream's memory. A finding counts when a second look,
 * from the account on, finds it or another one again.
 *
 * Memory: one page of entries, and the digests of operation ids that `LedgerAudit` keeps.
 */
export async function auditLedger(
  deps: AuditLedgerDeps,
  userId: string,
  mayContinue: () => boolean = () => true,
): Promise<LedgerAuditOutcome> {
  const first = await auditOnce(deps, userId, mayContinue);
  if (first.code !== 'audited' || first.findings.length === 0) return first;
  await deps.sleep(RECHECK_MS);
  return auditOnce(deps, userId, mayContinue);
}

async function auditOnce(
  deps: AuditLedgerDeps,
  userId: string,
  mayContinue: () => boolean,
): Promise<LedgerAuditOutcome> {
  const account = await retry(deps, () => deps.accounts.read(userId, { consistent: true }));
  if (!account) return { code: 'gone' };
  const audit = new LedgerAudit(account);
  let page = await newestEntries(deps, account);
  const head = page[0]?.version ?? 0;
  let entries = 0;
  for (;;) {
    for (const entry of page) await take(deps, audit, entry);
    entries += page.length;
    const last = page.at(-1);
    if (!last || last.version <= 1) break;
    if (!mayContinue()) return { code: 'interrupted' };
    page = await retry(deps, () => deps.ledger.newest(userId, PAGE, last.version - 1));
  }
  const isWhole = head === account.version || isForgotten(deps, account);
  return { code: 'audited', entries, findings: audit.finish(isWhole), isBehind: !isWhole };
}

/** The first page, from the account's version on where the projector has reached it, or does so in time. */
async function newestEntries(deps: AuditLedgerDeps, account: Account): Promise<LedgerEntry[]> {
  for (let tries = 1; ; tries += 1) {
    const page = await retry(deps, () => deps.ledger.newest(account.userId, PAGE, account.version));
    const isEnough = page[0]?.version === account.version || isForgotten(deps, account);
    if (isEnough || tries === CATCH_UP_TRIES) return page;
    await deps.sleep(CATCH_UP_MS);
  }
}

/** Whether the stream has no record any more of the change that made this version. */
function isForgotten({ now }: AuditLedgerDeps, { change }: Account): boolean {
  return change !== null && now() - change.at > STREAM_RETENTION_MS;
}

async function take(deps: AuditLedgerDeps, audit: LedgerAudit, entry: LedgerEntry): Promise<void> {
  const seen = audit.add(entry);
  if (seen === undefined) return;
  const [later] = await retry(deps, () => deps.ledger.newest(entry.userId, 1, seen));
  if (later?.version === seen) audit.compare(entry, later);
}
