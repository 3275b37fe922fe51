import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { LedgerStore } from '../../adapters/dynamodb/ledger-store.ts';
import type { Account } from '../../domain/account.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { LedgerAudit, type VersionRange } from '../../domain/ledger-audit.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface AuditLedgerDeps extends RetryDeps {
  readonly accounts: Pick<AccountStore, 'read'>;
  readonly ledger: Pick<LedgerStore, 'newest' | 'checkpoint'>;
  /** Epoch ms. */
  readonly now: () => number;
  /**
   * The moment that the table was restored to (epoch ms): its stream has no earlier change.
   * @default - it was not restored
   */
  readonly restoredAt?: number | undefined;
  /**
   * Fills gaps of an account's ledger, and returns the number of entries that it wrote.
   * @default - gaps are findings
   */
  readonly fillGaps?: ((account: Account, missing: readonly VersionRange[]) => Promise<number>) | undefined;
}

/** `gone`: there is no such account. `interrupted`: there was not enough time to read its whole ledger. */
export type LedgerAuditOutcome =
  | { readonly code: 'gone' | 'interrupted' }
  | {
      readonly code: 'audited';
      readonly entries: number;
      readonly findings: readonly string[];
      /** Whether the ledger did not reach the account's version, so that the sums were not compared. */
      readonly isBehind: boolean;
    };

type Audited = Extract<LedgerAuditOutcome, { code: 'audited' }>;
type OneAudit =
  | Exclude<LedgerAuditOutcome, Audited>
  | (Audited & { readonly account: Account; readonly missing: readonly VersionRange[] });

/** Entries per request. */
const PAGE = 1_000;
/** How often to wait for the projector, and how long each time. */
const CATCH_UP_TRIES = 3;
const CATCH_UP_MS = 1_000;
/**
 * A batch that the projector retries may be in the ledger in part: an audit with findings is repeated after
 * this.
 */
const RECHECK_MS = 3_000;
/** Nothing uses a table that soon after the moment that it is restored to: the restore takes minutes. */
const RESTORE_MS = 60_000;
/** The stream keeps records for a day: an older change that is not in the ledger is lost. */
const STREAM_RETENTION_MS = 24 * 3_600_000;

/**
 * Compares a user's account with its whole ledger: from its first version, or from its checkpoint where older
 * entries may have left the table. The account is read first and the ledger up to its
 * version, so that later changes do not matter. If the projector has not reached that version after a few
 * seconds, only the versions in the ledger are compared, unless the change is older than the stream's
 * retention or than the table's restore. Findings are returned only if a second audit has findings too; gaps
 * that `fillGaps` can fill are filled before.
 *
 * Memory: one page of entries, and the digests of operation ids that `LedgerAudit` keeps.
 */
export async function auditLedger(
  deps: AuditLedgerDeps,
  userId: string,
  mayContinue: () => boolean = () => true,
): Promise<LedgerAuditOutcome> {
  let audit = await auditOnce(deps, userId, mayContinue);
  if (audit.code === 'audited' && audit.findings.length > 0) {
    await deps.sleep(RECHECK_MS);
    audit = await auditOnce(deps, userId, mayContinue);
  }
  if (audit.code !== 'audited') return audit;
  const { account, missing, ...outcome } = audit;
  const filled = missing.length > 0 ? await deps.fillGaps?.(account, missing) : 0;
  return filled ? auditLedger({ ...deps, fillGaps: undefined }, userId, mayContinue) : outcome;
}

async function auditOnce(
  deps: AuditLedgerDeps,
  userId: string,
  mayContinue: () => boolean,
): Promise<OneAudit> {
  const account = await retry(deps, () => deps.accounts.read(userId, { consistent: true }));
  if (!account) return { code: 'gone' };
  const checkpoint = await retry(deps, () => deps.ledger.checkpoint(userId));
  const audit = new LedgerAudit(account, checkpoint, deps.now());
  // The checkpoint's own entries are compared with it, too.
  const first = (checkpoint?.since.version ?? 0) + 1;
  let page = await newestEntries(deps, account, first);
  const head = Math.max(page[0]?.version ?? 0, checkpoint?.version ?? 0);
  let entries = 0;
  for (;;) {
    for (const entry of page) await take(deps, audit, entry);
    entries += page.length;
    const last = page.at(-1);
    if (!last || last.version <= first) break;
    if (!mayContinue()) return { code: 'interrupted' };
    page = await retry(deps, () => deps.ledger.newest(userId, PAGE, last.version - 1, first));
  }
  const isWhole = head === account.version || isForgotten(deps, account);
  const findings = audit.finish(isWhole);
  return { code: 'audited', entries, findings, isBehind: !isWhole, account, missing: audit.missing };
}

/** Reads the first page, waiting for the projector to reach the account's version. */
async function newestEntries(deps: AuditLedgerDeps, account: Account, first: number): Promise<LedgerEntry[]> {
  const { userId, version } = account;
  for (let tries = 1; ; tries += 1) {
    const page = await retry(deps, () => deps.ledger.newest(userId, PAGE, version, first));
    const isEnough = page[0]?.version === account.version || isForgotten(deps, account);
    if (isEnough || tries === CATCH_UP_TRIES) return page;
    await deps.sleep(CATCH_UP_MS);
  }
}

/** Whether the stream does not have the record of the account's last change: no more, or never had it. */
function isForgotten({ now, restoredAt }: AuditLedgerDeps, { change }: Account): boolean {
  if (change === null) return false;
  const isRestored = restoredAt !== undefined && change.at < restoredAt + RESTORE_MS;
  return isRestored || now() - change.at > STREAM_RETENTION_MS;
}

async function take(deps: AuditLedgerDeps, audit: LedgerAudit, entry: LedgerEntry): Promise<void> {
  const seen = audit.add(entry);
  if (seen === undefined) return;
  const [later] = await retry(deps, () => deps.ledger.newest(entry.userId, 1, seen));
  if (later?.version === seen) audit.compare(entry, later);
}
