/**
 * The jobs. A new name does not compile without its options (`functions/http/requests/job-options.ts`), its
 * schedule (`infra/job-schedules.ts`) and its permissions, and fails a test without its file
 * `functions/jobs/<name>.ts`.
 */
export const JOBS = [
  'quota-reset',
  'subscription-sync',
  'quota-monitor',
  'usage-report',
  'plan-rollout',
  'ledger-audit',
  'history-archive',
] as const;
export type JobName = (typeof JOBS)[number];

/** Jobs that a deployment has only with certain settings. */
export const OPTIONAL_JOBS: readonly JobName[] = ['history-archive'];
/** The jobs of every deployment. */
export const STANDARD_JOBS: readonly JobName[] = JOBS.filter((job) => !OPTIONAL_JOBS.includes(job));

/** The function that runs a job. */
export function jobEntry<J extends JobName>(job: J): `jobs/${J}` {
  return `jobs/${job}`;
}

/** Permissions of an API key. A route requires exactly one; `admin` does not include the others. */
export const SCOPES = ['quota', 'read', 'billing', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Groups of routes, one function each: routes with the same trust boundary, by what their role may do and how
 * long they may take. `functions/<group>/handler.ts` lists the routes of its group.
 */
export const ROUTE_GROUPS = [
  'quota',
  'account-reads',
  'admin',
  'billing',
  'reports',
  'public',
  'stripe-webhook',
] as const;
export type RouteGroup = (typeof ROUTE_GROUPS)[number];

/** The function that serves a group. */
export function groupEntry<G extends RouteGroup>(group: G): `${G}/handler` {
  return `${group}/handler`;
}

/**
 * Every HTTP route: its method and path (API Gateway's notation), the scope that its caller needs
 * (`null`: none) and the group that serves it.
 */
export const ROUTES = {
  checkQuota: { method: 'POST', path: '/v1/quota/check', scope: 'quota', group: 'quota' },
  consumeQuota: { method: 'POST', path: '/v1/quota/consume', scope: 'quota', group: 'quota' },
  checkAndConsumeQuota: {
    method: 'POST',
    path: '/v1/quota/check-and-consume',
    scope: 'quota',
    group: 'quota',
  },
  batchConsumeQuota: {
    method: 'POST',
    path: '/v1/quota/batch-consume',
    scope: 'quota',
    group: 'quota',
  },
  releaseQuota: { method: 'POST', path: '/v1/quota/release', scope: 'quota', group: 'quota' },
  resetQuota: { method: 'POST', path: '/v1/quota/reset', scope: 'admin', group: 'quota' },
  grantQuota: { method: 'POST', path: '/v1/quota/grants', scope: 'admin', group: 'quota' },
  createReservation: {
    method: 'POST',
    path: '/v1/quota/reservations',
    scope: 'quota',
    group: 'quota',
  },
  confirmReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/confirm',
    scope: 'quota',
    group: 'quota',
  },
  releaseReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/release',
    scope: 'quota',
    group: 'quota',
  },
  getUserQuota: {
    method: 'GET',
    path: '/v1/users/{userId}/quota',
    scope: 'read',
    group: 'account-reads',
  },
  getUserUsage: {
    method: 'GET',
    path: '/v1/users/{userId}/usage',
    scope: 'read',
    group: 'account-reads',
  },
  setUserPlan: { method: 'POST', path: '/v1/users/{userId}/plan', scope: 'admin', group: 'admin' },
  getUserSubscription: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription',
    scope: 'read',
    group: 'account-reads',
  },
  getSubscriptionHistory: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription/history',
    scope: 'read',
    group: 'account-reads',
  },
  getUserPayments: {
    method: 'GET',
    path: '/v1/users/{userId}/payments',
    scope: 'read',
    group: 'account-reads',
  },
  getUserAlerts: {
    method: 'GET',
    path: '/v1/users/{userId}/alerts',
    scope: 'read',
    group: 'account-reads',
  },
  createCheckoutSession: {
    method: 'POST',
    path: '/v1/billing/checkout-sessions',
    scope: 'billing',
    group: 'billing',
  },
  createPortalSession: {
    method: 'POST',
    path: '/v1/billing/portal-sessions',
    scope: 'billing',
    group: 'billing',
  },
  receiveStripeEvent: {
    method: 'POST',
    path: '/v1/stripe/webhook',
    // Stripe has no API key; the function verifies its signature.
    scope: null,
    group: 'stripe-webhook',
  },
  listPlans: { method: 'GET', path: '/v1/plans', scope: 'read', group: 'account-reads' },
  getPlan: { method: 'GET', path: '/v1/plans/{planId}', scope: 'read', group: 'account-reads' },
  putPlan: { method: 'PUT', path: '/v1/plans/{planId}', scope: 'admin', group: 'admin' },
  listPlanVersions: {
    method: 'GET',
    path: '/v1/plans/{planId}/versions',
    scope: 'read',
    group: 'account-reads',
  },
  getPlanVersion: {
    method: 'GET',
    path: '/v1/plans/{planId}/versions/{version}',
    scope: 'read',
    group: 'account-reads',
  },
  restorePlanVersion: {
    method: 'POST',
    path: '/v1/plans/{planId}/versions/{version}/restore',
    scope: 'admin',
    group: 'admin',
  },
  createApiKey: {
    method: 'POST',
    path: '/v1/admin/api-keys',
    scope: 'admin',
    group: 'admin',
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/admin/api-keys/{keyId}',
    scope: 'admin',
    group: 'admin',
  },
  getCacheStats: {
    method: 'GET',
    path: '/v1/admin/cache-stats',
    scope: 'admin',
    group: 'admin',
  },
  warmUpCache: {
    method: 'POST',
    path: '/v1/admin/cache/warmup',
    scope: 'admin',
    group: 'admin',
  },
  runJob: { method: 'POST', path: '/v1/admin/jobs/{name}', scope: 'admin', group: 'admin' },
  listJobRuns: {
    method: 'GET',
    path: '/v1/admin/jobs/{name}/runs',
    scope: 'admin',
    group: 'admin',
  },
  reportUsage: {
    method: 'GET',
    path: '/v1/admin/reports/usage',
    scope: 'admin',
    group: 'reports',
  },
  getTopUsers: {
    method: 'GET',
    path: '/v1/admin/top-users',
    scope: 'admin',
    group: 'reports',
  },
  getHealth: { method: 'GET', path: '/health', scope: null, group: 'public' },
  getOpenApi: { method: 'GET', path: '/openapi.json', scope: null, group: 'public' },
} as const satisfies Record<string, Route>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly scope: Scope | null;
  readonly group: RouteGroup;
}
export type OperationName = keyof typeof ROUTES;
/** The operations of a group. */
export type OperationOf<G extends RouteGroup> = {
  [O in OperationName]: (typeof ROUTES)[O]['group'] extends G ? O : never;
}[OperationName];

/** The operations of a group. */
export function operationsOf(group: RouteGroup): OperationName[] {
  // The keys of `ROUTES` are the operation names.
  return (Object.keys(ROUTES) as OperationName[]).filter((operation) => ROUTES[operation].group === group);
}

/** API Gateway's name of a route, which every request carries. */
export function routeKeyOf(operation: OperationName): string {
  const { method, path } = ROUTES[operation];
  return `${method} ${path}`;
}

/** Functions without a route. */
export const ENTRIES = {
  authorize: 'authorizer/handler',
  /** Runs after every deployment: stores the default plans and the first keys. */
  seed: 'seed/handler',
  projector: 'projector/handler',
  /** Calls the public URL on a schedule. */
  canary: 'canary/handler',
} as const;

/** A function, named by its path below `functions/`. */
export type Entry = `${RouteGroup}/handler` | (typeof ENTRIES)[keyof typeof ENTRIES] | `jobs/${JobName}`;
export const ALL_ENTRIES: readonly Entry[] = [
  ...ROUTE_GROUPS.map((group) => groupEntry(group)),
  ...Object.values(ENTRIES),
  ...JOBS.map((job) => jobEntry(job)),
];
