import type { OperationName } from '../../shared/contract.ts';
import { ADMINISTRATION_OPERATIONS } from './administration.ts';
import { ALERT_OPERATIONS } from './alerts.ts';
import { BILLING_OPERATIONS } from './billing.ts';
import { JOB_OPERATIONS } from './jobs.ts';
import type { OperationDoc } from './operation-doc.ts';
import { PLAN_OPERATIONS } from './plans.ts';
import { QUOTA_OPERATIONS } from './quota.ts';
import { REPORT_OPERATIONS } from './reports.ts';
import { RESERVATION_OPERATIONS } from './reservations.ts';
import { SERVICE_OPERATIONS } from './service.ts';
import { SUBSCRIPTION_OPERATIONS } from './subscriptions.ts';
import { USER_OPERATIONS } from './users.ts';

/** Every route of the contract; one that is missing here does not compile. */
export const OPERATIONS: Readonly<Record<OperationName, OperationDoc>> = {
  ...QUOTA_OPERATIONS,
  ...RESERVATION_OPERATIONS,
  ...USER_OPERATIONS,
  ...PLAN_OPERATIONS,
  ...SUBSCRIPTION_OPERATIONS,
  ...BILLING_OPERATIONS,
  ...ALERT_OPERATIONS,
  ...JOB_OPERATIONS,
  ...REPORT_OPERATIONS,
  ...ADMINISTRATION_OPERATIONS,
  ...SERVICE_OPERATIONS,
};
