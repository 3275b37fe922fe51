/**
 * What each function may do to the table, in one place. A function's role gets exactly this, its own
 * log group, and what its construct adds (the stream, a secret).
 */
import { ALL_ENTRIES, type Entry, type INDEX, ROUTES, type Route } from '../shared/contract.ts';

/** IAM actions on the table, without the `dynamodb:` prefix. A transaction needs those of its parts. */
export type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'Query'
  | 'Scan'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchWriteItem'
  | 'ConditionCheckItem'
  | 'PartiQLUpdate';

export interface TableAccess {
  readonly table: readonly TableAction[];
  /**
   * Indexes the function queries.
   * @default - none
   */
  readonly indexes?: readonly (keyof typeof INDEX)[];
  /**
   * Whether the function caches or locks: it may read where Redis is.
   * @default false
   */
  readonly redis?: boolean;
  /**
   * Whether the function talks to Stripe: it may read the account's keys.
   * @default false
   */
  readonly stripe?: boolean;
  /**
   * Whether the function says what happened on the service's event bus.
   * @default false
   */
  readonly events?: boolean;
  /**
   * Whether the function sends notices to people.
   * @default false
   */
  readonly notices?: boolean;
  /**
   * Whether the function starts jobs: it may invoke theirs, and no other.
   * @default false
   */
  readonly jobs?: boolean;
  /**
   * Whether the function compiles reports: it may read CloudWatch's metrics, and takes as long as API Gateway waits.
   * @default false
   */
  readonly metrics?: boolean;
  /**
   * Whether the function keeps reports: it may write them to their bucket.
   * @default false
   */
  readonly reports?: boolean;
}

const NOTHING: TableAccess = { table: [] };
/** An account and its plan, by key. */
const READ: TableAccess = { table: ['GetItem'] };
/**
 * Reads an account, looks for an earlier acceptance of the operation (its record, the ledger), saves the account on the version that was
 * read, and prunes one that has no room. A consume needs the same: its blind update usually takes the place of all this.
 */
const CHANGE: TableAccess = { table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'] };

/** The same, with the subscription, its history and maps, and the claim of an event, which may be given back. */
const CONVERGE: TableAccess = { table: [...CHANGE.table, 'DeleteItem'] };

/**
 * DynamoDB Local asks nobody. Before it, the end-to-end suite has a guard that refuses what is missing here (`e2e/roles`), as far
 * as its tests reach: grant with the code that needs it.
 */
const OWN_WORK: Readonly<Record<Entry, TableAccess>> = {
  'quota/check': { ...READ, redis: true },
  'quota/consume': CHANGE,
  'quota/check-and-consume': CHANGE,
  'quota/batch-consume': CHANGE,
  'quota/release': CHANGE,
  'quota/reset': CHANGE,
  'quota/grant': CHANGE,
  'quota/create-reservation': CHANGE,
  'quota/confirm-reservation': CHANGE,
  'quota/release-reservation': CHANGE,
  'account-reads/get-quota': { ...READ, redis: true },
  'account-reads/get-usage': { table: ['GetItem', 'Query'], redis: true },
  'admin/set-plan': { ...CHANGE, redis: true },
  'account-reads/get-subscription': { ...READ, redis: true },
  'account-reads/get-subscription-history': { table: ['Query'] },
  'account-reads/get-payments': { table: ['Query'] },
  'account-reads/get-alerts': { table: ['Query'] },
  // Both ask for all customers of a user: their users and the plans of their prices are read in batches.
  'billing/create-checkout-session': {
    table: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'],
    stripe: true,
  },
  'billing/create-portal-session': { table: ['GetItem', 'BatchGetItem'], stripe: true },
  'stripe-webhook/handler': { ...CONVERGE, redis: true, stripe: true, events: true },
  'account-reads/list-plans': { table: ['Query'] },
  'account-reads/get-plan': { ...READ, redis: true },
  'admin/put-plan': { table: ['GetItem', 'PutItem'], redis: true },
  'account-reads/list-plan-versions': { table: ['GetItem', 'BatchGetItem'] },
  'account-reads/get-plan-version': { table: ['BatchGetItem'] },
  'admin/restore-plan-version': { table: ['GetItem', 'BatchGetItem', 'PutItem'], redis: true },
  'admin/cache-stats': { ...NOTHING, redis: true },
  'admin/warm-up-cache': { table: ['GetItem', 'Query'], redis: true },
  'reports/report-usage': { table: ['Query'], indexes: ['top'], metrics: true },
  // Its queries are those of the index alone.
  'reports/top-users': { ...NOTHING, indexes: ['top'] },
  'admin/create-api-key': { table: ['PutItem'] },
  'admin/revoke-api-key': { table: ['UpdateItem'] },
  'admin/run-job': { table: ['GetItem', 'PutItem'], jobs: true },
  'admin/list-job-runs': { table: ['Query'] },
  'authorizer/handler': READ,
  'public/health': READ,
  'public/openapi': NOTHING,
  'seed/handler': { table: ['GetItem', 'PutItem', 'UpdateItem'] },
  'projector/handler': {
    table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'BatchWriteItem'],
    redis: true,
    events: true,
    notices: true,
  },
  'jobs/subscription-sync': { ...CONVERGE, redis: true, stripe: true, events: true },
  // Saves accounts in batches, each on its own condition.
  'jobs/quota-reset': {
    table: [...CHANGE.table, 'PartiQLUpdate'],
    indexes: ['due'],
    redis: true,
  },
  'jobs/quota-monitor': {
    table: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
    indexes: ['due', 'top'],
    redis: true,
    events: true,
    notices: true,
  },
  // Both walk through the whole table: no index has all accounts.
  'jobs/plan-rollout': { table: [...CHANGE.table, 'Scan'], redis: true },
  'jobs/ledger-audit': { table: ['GetItem', 'Query', 'PutItem', 'Scan'], redis: true },
  'jobs/usage-report': {
    table: ['GetItem', 'Query', 'PutItem'],
    indexes: ['top'],
    redis: true,
    metrics: true,
    notices: true,
    reports: true,
  },
};

/** Functions of routes that ask for a key: they look it up where the authorizer could not (docs/decisions/0002). */
const BEHIND_KEYS: ReadonlySet<string> = new Set(
  Object.values<Route>(ROUTES).flatMap(({ scope, entry }) => (scope === null ? [] : [entry])),
);

/** All that a function's role allows. */
export const PERMISSIONS: Readonly<Record<Entry, TableAccess>> = Object.fromEntries(
  ALL_ENTRIES.map((entry) => [
    entry,
    BEHIND_KEYS.has(entry) ? withKeyLookUp(OWN_WORK[entry]) : OWN_WORK[entry],
  ]),
) as Record<Entry, TableAccess>; // every entry is in it

function withKeyLookUp(access: TableAccess): TableAccess {
  return { ...access, table: [...new Set<TableAction>(['GetItem', ...access.table])] };
}
