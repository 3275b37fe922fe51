/**
 * What each route, and each function without routes, needs from its role: one table. The role of a group is
 * the union of its routes; it allows nothing else but its own log group and what its construct adds (the
 * stream, a secret).
 *
 * DynamoDB Local enforces no roles. In the end-to-end suite a guard before it rejects what is missing here
 * (`e2e/roles`), as far as the tests reach: grant together with the code that needs it.
 */
import {
  ALL_ENTRIES,
  ENTRIES,
  type Entry,
  groupEntry,
  type JobName,
  type OperationName,
  operationsOf,
  ROUTE_GROUPS,
  ROUTES,
  type Route,
} from '../shared/contract.ts';
import { type FunctionAccess, type ItemAccess, mergeItems, unionOf } from './function-access.ts';

/** Reads an account, or the default plan of a user without one. */
const READ: ItemAccess = { user: ['GetItem'], plan: ['GetItem'] };
/**
 * Reads an account, looks for an earlier acceptance of the operation (its record, the ledger), saves the
 * account on the version that was read, and prunes a full one. A consume needs the same: its blind update
 * usually replaces all of this.
 */
const CHANGE: ItemAccess = {
  user: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem'],
  plan: ['GetItem'],
};
/** Finds the users and the plans of a customer's subscriptions. */
const STRIPE_LOOK_UP: ItemAccess = {
  user: ['GetItem'],
  stripeId: ['GetItem', 'BatchGetItem'],
  price: ['BatchGetItem'],
};
/** Changes the account, the subscription with its history, and the customer's user. */
const CONVERGE = mergeItems([CHANGE, STRIPE_LOOK_UP, { stripeId: ['PutItem'] }]);
/** Records a run, and the claim of one. */
const RECORD_RUN: ItemAccess = { job: ['GetItem', 'PutItem'] };
const EDIT_PLAN: ItemAccess = { plan: ['GetItem', 'PutItem'], planList: ['PutItem'], price: ['PutItem'] };
/** Looks up from which day on usage is kept. */
const KEPT_DAYS: ItemAccess = { archive: ['GetItem'] };
/** Every plan with all of its versions, and the users by usage. */
const REPORT: FunctionAccess = {
  items: { plan: ['Query'], planList: ['Query'], day: ['Query'], ...KEPT_DAYS },
  indexes: ['top'],
  capabilities: ['metrics'],
};

const OF_ROUTES: Readonly<Record<OperationName, FunctionAccess>> = {
  checkQuota: { items: READ, capabilities: ['redis'] },
  consumeQuota: { items: CHANGE },
  checkAndConsumeQuota: { items: CHANGE },
  batchConsumeQuota: { items: CHANGE },
  releaseQuota: { items: CHANGE },
  resetQuota: { items: CHANGE },
  grantQuota: { items: CHANGE },
  createReservation: { items: CHANGE },
  confirmReservation: { items: CHANGE },
  releaseReservation: { items: CHANGE },
  getUserQuota: { items: READ, capabilities: ['redis'] },
  getUserUsage: { items: mergeItems([READ, { user: ['Query'], ...KEPT_DAYS }]), capabilities: ['redis'] },
  getUserSubscription: { items: { user: ['GetItem'] }, capabilities: ['redis'] },
  getSubscriptionHistory: { items: { user: ['Query'] } },
  getUserPayments: { items: { user: ['Query'] } },
  getUserAlerts: { items: { user: ['Query'] } },
  listPlans: { items: { planList: ['Query'] } },
  getPlan: { items: { plan: ['GetItem'] }, capabilities: ['redis'] },
  listPlanVersions: { items: { plan: ['GetItem', 'BatchGetItem'] } },
  getPlanVersion: { items: { plan: ['BatchGetItem'] } },
  setUserPlan: { items: CHANGE, capabilities: ['redis'] },
  putPlan: { items: EDIT_PLAN, capabilities: ['redis'] },
  restorePlanVersion: { items: mergeItems([EDIT_PLAN, { plan: ['BatchGetItem'] }]), capabilities: ['redis'] },
  getCacheStats: { capabilities: ['redis'] },
  warmUpCache: { items: mergeItems([READ, { planList: ['Query'] }]), capabilities: ['redis'] },
  createApiKey: { items: { apiKey: ['PutItem'] } },
  revokeApiKey: { items: { apiKey: ['UpdateItem'] } },
  runJob: { items: mergeItems([RECORD_RUN, { plan: ['GetItem'] }]), capabilities: ['jobs'] },
  listJobRuns: { items: { job: ['Query'] } },
  createCheckoutSession: {
    items: mergeItems([STRIPE_LOOK_UP, { user: ['UpdateItem'], plan: ['GetItem'], stripeId: ['PutItem'] }]),
    capabilities: ['stripe'],
  },
  createPortalSession: { items: STRIPE_LOOK_UP, capabilities: ['stripe'] },
  receiveStripeEvent: {
    // A claim is released when the event could not be handled.
    items: mergeItems([CONVERGE, { stripeEvent: ['PutItem', 'DeleteItem'] }]),
    capabilities: ['redis', 'stripe', 'events'],
  },
  reportUsage: REPORT,
  // It queries the index alone.
  getTopUsers: { items: KEPT_DAYS, indexes: ['top'] },
  getHealth: { items: { health: ['GetItem'] } },
  getOpenApi: {},
};

const OF_JOBS: Readonly<Record<JobName, FunctionAccess>> = {
  'subscription-sync': {
    items: mergeItems([
      CONVERGE,
      { stripeEvent: ['BatchGetItem', 'PutItem', 'DeleteItem'], stripeSync: ['GetItem', 'PutItem'] },
    ]),
    capabilities: ['redis', 'stripe', 'events'],
  },
  'quota-reset': {
    // It saves accounts in batches, each on its own condition, and refreshes the cache of plans.
    items: mergeItems([CHANGE, { user: ['PartiQLUpdate'], planList: ['Query'] }]),
    indexes: ['due'],
    capabilities: ['redis'],
  },
  'quota-monitor': {
    items: mergeItems([
      CHANGE,
      {
        planList: ['Query'],
        day: ['Query', 'UpdateItem'],
        outbox: ['GetItem', 'PutItem', 'DeleteItem'],
      },
    ]),
    indexes: ['due', 'top'],
    capabilities: ['redis', 'events', 'notices'],
  },
  // No index has all accounts, so both scan.
  'plan-rollout': { items: CHANGE, scans: true, capabilities: ['redis'] },
  'ledger-audit': { items: { user: ['GetItem', 'Query'] }, scans: true, capabilities: ['redis'] },
  'usage-report': { ...REPORT, capabilities: ['redis', 'metrics', 'notices', 'reports'] },
  'history-archive': {
    // It saves checkpoints, marks items to expire in batches, and deletes nothing.
    items: {
      user: ['BatchGetItem', 'Query', 'PutItem', 'PartiQLUpdate'],
      archive: ['UpdateItem'],
    },
    scans: true,
    capabilities: ['redis', 'archive'],
  },
};

/** Every job looks for an unfinished run to continue. */
const RUN: FunctionAccess = { items: mergeItems([RECORD_RUN, { job: ['Query'] }]) };

const OF_OTHERS: Readonly<Record<(typeof ENTRIES)[keyof typeof ENTRIES], FunctionAccess>> = {
  [ENTRIES.authorize]: { items: { apiKey: ['GetItem'] } },
  // It reaches the table through the API alone.
  [ENTRIES.canary]: {},
  [ENTRIES.seed]: {
    items: mergeItems([
      EDIT_PLAN,
      {
        apiKey: ['GetItem', 'PutItem', 'UpdateItem'],
        firstKey: ['GetItem', 'PutItem'],
        layout: ['PutItem'],
      },
    ]),
  },
  [ENTRIES.projector]: {
    items: {
      user: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'BatchWriteItem'],
      plan: ['GetItem'],
      day: ['UpdateItem'],
      outbox: ['PutItem'],
    },
    capabilities: ['redis', 'events', 'notices'],
  },
};

/**
 * The key is looked up by the route where the authorizer could not (docs/decisions/0002), and its requests
 * are counted where it has a rate limit.
 */
const KEY_ACCESS: FunctionAccess = { items: { apiKey: ['GetItem'], rateBucket: ['UpdateItem'] } };

/** What one route needs, the look-up of its caller's key and the rate limit included. */
export function routeAccess(operation: OperationName): Required<FunctionAccess> {
  const { scope }: Route = ROUTES[operation];
  return unionOf([OF_ROUTES[operation], ...(scope === null ? [] : [KEY_ACCESS])]);
}

/** Everything that a function's role allows. */
export const PERMISSIONS: Readonly<Record<Entry, Required<FunctionAccess>>> = Object.fromEntries(
  ALL_ENTRIES.map((entry) => [entry, unionOf([...partsOf(entry), ...openingOf(entry)])]),
) as Record<Entry, Required<FunctionAccess>>; // `ALL_ENTRIES` has every entry

/** Every function that uses the table reads its layout at init. */
function openingOf(entry: Entry): FunctionAccess[] {
  return entry === ENTRIES.canary ? [] : [{ items: { layout: ['GetItem'] } }];
}

function partsOf(entry: Entry): FunctionAccess[] {
  const group = ROUTE_GROUPS.find((candidate) => groupEntry(candidate) === entry);
  if (group) return operationsOf(group).map(routeAccess);
  const job = Object.entries(OF_JOBS).find(([name]) => entry === `jobs/${name}`);
  // An entry that serves no group and runs no job is one of the others.
  return job ? [job[1], RUN] : [OF_OTHERS[entry as keyof typeof OF_OTHERS]];
}
