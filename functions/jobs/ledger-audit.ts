import { auditLedgers } from '../../shared/usecases/audit-ledgers.ts';
import { auditDeps } from '../runtime/composition.ts';
import { jobHandler } from '../runtime/job-handler.ts';
import { recordAudit, recordFinding } from '../runtime/record-audit.ts';

/** Compares every account, or one user's, with its ledger. */
export const handler = jobHandler('ledger-audit', async (options, context) => {
  const result = await auditLedgers({ ...auditDeps(), onFinding: recordFinding }, options, context);
  recordAudit(result);
  return result;
});
