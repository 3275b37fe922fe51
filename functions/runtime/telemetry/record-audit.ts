import { METRICS } from '../../../shared/contract.ts';
import type { LedgerAuditResult } from '../../../shared/usecases/ledger/audit-ledgers.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './metrics.ts';

/** Publishes the number of findings of an audit. */
export function recordAudit({ counts }: Pick<LedgerAuditResult, 'counts'>): void {
  publishServiceMetrics([[METRICS.ledgerFindings, counts.findings]]);
}

/** Logs one finding; the run's record has only the first ones. */
export function recordFinding(userId: string, finding: string): void {
  logger.error('ledger finding', { userId, finding });
}
