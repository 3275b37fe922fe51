/** The schemas of all answers. */
export * from './admin-schemas.ts';
export * from './plan-schemas.ts';
export {
  batchResult,
  checkResult,
  decisionResult,
  quotaResult,
  reservationResult,
  settlementResult,
} from './quota-schemas.ts';
export { accountChange, accountState, usageReport } from './user-schemas.ts';
