import { auditLedgers } from '../../shared/usecases/ledger/audit-ledgers.ts';
import { auditDeps } from '../runtime/composition/core.ts';
import { recordAudit, recordFinding } from '../runtime/telemetry/record-audit.ts';
import { jobHandler } from './job-handler.ts';

/** Compares every account, or one user's, with its ledger. */
export const handler = jobHandler('ledger-audit', async (options, context) => {
  const result = await auditLedgers({ ...auditDeps(), onFinding: recordFinding }, options, context);
  recordAudit(result);
  return result;
});
