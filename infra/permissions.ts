/**
 * What each function may do to the table, in one place. A function's role gets exactly this, its own
 * log group, and what its construct adds (the stream, a secret).
 */
import type { Entry, INDEX } from '../shared/contract.ts';

/** IAM actions on the table, without the `dynamodb:` prefix. A transaction needs those of its parts. */
export type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem';

export interface TableAccess {
  readonly table: readonly TableAction[];
  /**
   * Indexes the function queries.
   * @default - none
   */
  readonly indexes?: readonly (keyof typeof INDEX)[];
}

const NOTHING: TableAccess = { table: [] };
const READ: TableAccess = { table: ['GetItem', 'Query'] };
/** Changes accounts: one blind write, or read, compute and save on the version that was read. */
const CHANGE: TableAccess = { table: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'Query'] };

export const PERMISSIONS: Readonly<Record<Entry, TableAccess>> = {
  'quota/check': READ,
  'quota/consume': CHANGE,
  'quota/check-and-consume': CHANGE,
  'quota/batch-consume': CHANGE,
  'quota/release': CHANGE,
  'quota/reset': CHANGE,
  'quota/grant': CHANGE,
  'reservations/create': CHANGE,
  'reservations/confirm': CHANGE,
  'reservations/release': CHANGE,
  'users/get-quota': READ,
  'users/get-usage': READ,
  'users/set-plan': CHANGE,
  'plans/list': READ,
  'plans/get': READ,
  'plans/put': CHANGE,
  'admin/create-api-key': { table: ['PutItem'] },
  'admin/revoke-api-key': { table: ['GetItem', 'UpdateItem'] },
  'system/authorize': { table: ['GetItem'] },
  'system/health': { table: ['GetItem'] },
  'system/openapi': NOTHING,
  'system/seed': { table: ['GetItem', 'PutItem'] },
  'stream/project': { table: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'BatchWriteItem'] },
  'jobs/quota-reset': { ...CHANGE, indexes: ['due'] },
};
