import type { OperationName } from '../../shared/contract.ts';
import { getUserRecordsRequest } from '../http/requests/user-requests.ts';
import { ALERT_ANSWERS } from './alert-examples.ts';
import * as results from './alert-schemas.ts';
import type { OperationDoc } from './operation-doc.ts';

/** The routes about alerts. */
export const ALERT_OPERATIONS = {
  getUserAlerts: {
    tag: 'Users',
    summary: "A user's alerts of the last 400 days, those of the newest periods first",
    request: getUserRecordsRequest,
    answers: [
      {
        status: 200,
        says: 'A page. `recoveredAt` is `null` for an alert that is active, or was active when its period ended. A level that was reached again within a period has an alert for each time.',
        schema: results.alerts,
        examples: { page: ALERT_ANSWERS.alerts },
      },
    ],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
