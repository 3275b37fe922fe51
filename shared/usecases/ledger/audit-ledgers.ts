import type { JobResult } from '../jobs/run-job.ts';
import type { JobContext } from '../jobs/running-job.ts';
import { type WalkAccountsDeps, walkAccounts } from '../jobs/walk-accounts.ts';
import { mapConcurrently } from '../retry/retry.ts';
import { type AuditLedgerDeps, auditLedger, type LedgerAuditOutcome } from './audit-ledger.ts';

export interface AuditLedgersDeps extends AuditLedgerDeps, WalkAccountsDeps {
  /** Called for each finding. */
  readonly onFinding?: (userId: string, finding: string) => void;
}

/**
 * The result of a run. `findings` of 0 is no proof if accounts are `failed` or `behind`: those were not fully
 * compared.
 */
export interface LedgerAuditResult extends JobResult {
  readonly counts: Audit['counts'];
}

/** Accounts audited concurrently: each keeps digests of its operations in memory. */
const AT_ONCE = 5;

/**
 * Runs the job `ledger-audit`: compares every account with its ledger (`auditLedger`), or one user's. Changes
 * nothing. The next run continues one that ran out of time; findings are noted in the run, the first ones in
 * full.
 *
 * Counts: `processed` accounts, `entries` read, `findings`, `faulty` accounts that have them, accounts whose
 * ledger was `behind` the account, and accounts that could not be read (`failed`).
 */
export async function auditLedgers(
  deps: AuditLedgersDeps,
  { userId }: { readonly userId?: string | undefined },
  context: JobContext,
): Promise<LedgerAuditResult> {
  const audit = new Audit(deps, context);
  const isComplete =
    userId === undefined
      ? await walkAccounts(deps, {
          purpose: 'ledger-audit',
          checkpoint: context.checkpoint,
          mayContinue: context.mayContinue,
          work: (userIds) => audit.work(userIds),
          onProgress: (checkpoint) => context.progress(audit.counts, checkpoint),
        })
      : await audit.work([userId]);
  return { counts: audit.counts, isComplete };
}

class Audit {
  readonly #deps: AuditLedgersDeps;
  readonly #context: JobContext;
  counts = { processed: 0, failed: 0, entries: 0, findings: 0, faulty: 0, behind: 0 };

  constructor(deps: AuditLedgersDeps, context: JobContext) {
    this.#deps = deps;
    this.#context = context;
  }

  /** `false`: there was not enough time for all of them. */
  async work(userIds: readonly string[]): Promise<boolean> {
    const { mayContinue } = this.#context;
    const results = await mapConcurrently(
      this.#deps,
      userIds,
      (userId) => auditLedger(this.#deps, userId, mayContinue),
      {
        atOnce: AT_ONCE,
        tries: 1,
      },
    );
    const isInterrupted = results.some(
      (one) => one.status === 'fulfilled' && one.value.code === 'interrupted',
    );
    // The next run audits an interrupted chunk again, and counts it.
    if (isInterrupted) return false;
    results.forEach((result, index) => {
      this.#count(userIds[index] ?? '', result);
    });
    return true;
  }

  #count(userId: string, result: PromiseSettledResult<LedgerAuditOutcome>): void {
    if (result.status === 'rejected') {
      this.counts = { ...this.counts, failed: this.counts.failed + 1 };
      this.#context.note(result.reason, userId);
      return;
    }
    if (result.value.code !== 'audited') return;
    const { entries, findings, isBehind } = result.value;
    for (const finding of findings) {
      this.#context.note(finding, userId);
      this.#deps.onFinding?.(userId, finding);
    }
    const { counts } = this;
    this.counts = {
      ...counts,
      processed: counts.processed + 1,
      entries: counts.entries + entries,
      findings: counts.findings + findings.length,
      faulty: counts.faulty + Number(findings.length > 0),
      behind: counts.behind + Number(isBehind),
    };
  }
}
