import { MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../../../shared/contract.ts';
import type { LedgerAuditResult } from '../../../shared/usecases/ledger/audit-ledgers.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './service-metrics.ts';

/** Publishes what a run of the audit found. */
export function recordAudit({ counts }: Pick<LedgerAuditResult, 'counts'>): void {
  publishServiceMetrics([[METRICS.ledgerFindings, MetricUnit.Count, counts.findings]]);
}

/** Logs one finding; the run's record has the first ones only. */
export function recordFinding(userId: string, finding: string): void {
  logger.error('ledger finding', { userId, finding });
}
