/**
 * The jobs. One more is a name here; what is missing then does not compile: its function below `functions/jobs/`,
 * its options (`functions/http/requests/job-options.ts`), its clock (`infra/job-schedules.ts`) and its permissions.
 */
export const JOBS = [
  'quota-reset',
  'subscription-sync',
  'quota-monitor',
  'usage-report',
  'plan-rollout',
  'ledger-audit',
] as const;
export type JobName = (typeof JOBS)[number];

/** The function that runs a job. */
export function jobEntry<J extends JobName>(job: J): `jobs/${J}` {
  return `jobs/${job}`;
}

/** What an API key may do. A route asks for exactly one; `admin` does not include the others. */
export const SCOPES = ['quota', 'read', 'billing', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * Every HTTP route: its method and path (API Gateway's notation), the scope a caller needs
 * (`null`: anybody) and the function that serves it, as its path below `functions/`.
 */
export const ROUTES = {
  checkQuota: { method: 'POST', path: '/v1/quota/check', scope: 'quota', entry: 'quota/check' },
  consumeQuota: { method: 'POST', path: '/v1/quota/consume', scope: 'quota', entry: 'quota/consume' },
  checkAndConsumeQuota: {
    method: 'POST',
    path: '/v1/quota/check-and-consume',
    scope: 'quota',
    entry: 'quota/check-and-consume',
  },
  batchConsumeQuota: {
    method: 'POST',
    path: '/v1/quota/batch-consume',
    scope: 'quota',
    entry: 'quota/batch-consume',
  },
  releaseQuota: { method: 'POST', path: '/v1/quota/release', scope: 'quota', entry: 'quota/release' },
  resetQuota: { method: 'POST', path: '/v1/quota/reset', scope: 'admin', entry: 'quota/reset' },
  grantQuota: { method: 'POST', path: '/v1/quota/grants', scope: 'admin', entry: 'quota/grant' },
  createReservation: {
    method: 'POST',
    path: '/v1/quota/reservations',
    scope: 'quota',
    entry: 'quota/create-reservation',
  },
  confirmReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/confirm',
    scope: 'quota',
    entry: 'quota/confirm-reservation',
  },
  releaseReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/release',
    scope: 'quota',
    entry: 'quota/release-reservation',
  },
  getUserQuota: {
    method: 'GET',
    path: '/v1/users/{userId}/quota',
    scope: 'read',
    entry: 'account-reads/get-quota',
  },
  getUserUsage: {
    method: 'GET',
    path: '/v1/users/{userId}/usage',
    scope: 'read',
    entry: 'account-reads/get-usage',
  },
  setUserPlan: { method: 'POST', path: '/v1/users/{userId}/plan', scope: 'admin', entry: 'admin/set-plan' },
  getUserSubscription: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription',
    scope: 'read',
    entry: 'account-reads/get-subscription',
  },
  getSubscriptionHistory: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription/history',
    scope: 'read',
    entry: 'account-reads/get-subscription-history',
  },
  getUserPayments: {
    method: 'GET',
    path: '/v1/users/{userId}/payments',
    scope: 'read',
    entry: 'account-reads/get-payments',
  },
  getUserAlerts: {
    method: 'GET',
    path: '/v1/users/{userId}/alerts',
    scope: 'read',
    entry: 'account-reads/get-alerts',
  },
  createCheckoutSession: {
    method: 'POST',
    path: '/v1/billing/checkout-sessions',
    scope: 'billing',
    entry: 'billing/create-checkout-session',
  },
  createPortalSession: {
    method: 'POST',
    path: '/v1/billing/portal-sessions',
    scope: 'billing',
    entry: 'billing/create-portal-session',
  },
  receiveStripeEvent: {
    method: 'POST',
    path: '/v1/stripe/webhook',
    // Stripe has no key; its signature is verified by the function.
    scope: null,
    entry: 'stripe-webhook/handler',
  },
  listPlans: { method: 'GET', path: '/v1/plans', scope: 'read', entry: 'account-reads/list-plans' },
  getPlan: { method: 'GET', path: '/v1/plans/{planId}', scope: 'read', entry: 'account-reads/get-plan' },
  putPlan: { method: 'PUT', path: '/v1/plans/{planId}', scope: 'admin', entry: 'admin/put-plan' },
  listPlanVersions: {
    method: 'GET',
    path: '/v1/plans/{planId}/versions',
    scope: 'read',
    entry: 'account-reads/list-plan-versions',
  },
  getPlanVersion: {
    method: 'GET',
    path: '/v1/plans/{planId}/versions/{version}',
    scope: 'read',
    entry: 'account-reads/get-plan-version',
  },
  restorePlanVersion: {
    method: 'POST',
    path: '/v1/plans/{planId}/versions/{version}/restore',
    scope: 'admin',
    entry: 'admin/restore-plan-version',
  },
  createApiKey: {
    method: 'POST',
    path: '/v1/admin/api-keys',
    scope: 'admin',
    entry: 'admin/create-api-key',
  },
  revokeApiKey: {
    method: 'DELETE',
    path: '/v1/admin/api-keys/{keyId}',
    scope: 'admin',
    entry: 'admin/revoke-api-key',
  },
  getCacheStats: {
    method: 'GET',
    path: '/v1/admin/cache-stats',
    scope: 'admin',
    entry: 'admin/cache-stats',
  },
  warmUpCache: {
    method: 'POST',
    path: '/v1/admin/cache/warmup',
    scope: 'admin',
    entry: 'admin/warm-up-cache',
  },
  runJob: { method: 'POST', path: '/v1/admin/jobs/{name}', scope: 'admin', entry: 'admin/run-job' },
  listJobRuns: {
    method: 'GET',
    path: '/v1/admin/jobs/{name}/runs',
    scope: 'admin',
    entry: 'admin/list-job-runs',
  },
  reportUsage: {
    method: 'GET',
    path: '/v1/admin/reports/usage',
    scope: 'admin',
    entry: 'reports/report-usage',
  },
  getTopUsers: {
    method: 'GET',
    path: '/v1/admin/top-users',
    scope: 'admin',
    entry: 'reports/top-users',
  },
  getHealth: { method: 'GET', path: '/health', scope: null, entry: 'public/health' },
  getOpenApi: { method: 'GET', path: '/openapi.json', scope: null, entry: 'public/openapi' },
} as const satisfies Record<string, Route>;

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly scope: Scope | null;
  readonly entry: string;
}
export type OperationName = keyof typeof ROUTES;

/** Functions that no route reaches. */
export const ENTRIES = {
  authorize: 'authorizer/handler',
  /** Runs once after every deployment: default plans and the first keys. */
  seed: 'seed/handler',
  projector: 'projector/handler',
} as const;

/** A function, named by its path below `functions/`. */
export type Entry =
  | (typeof ROUTES)[OperationName]['entry']
  | (typeof ENTRIES)[keyof typeof ENTRIES]
  | `jobs/${JobName}`;
export const ALL_ENTRIES: readonly Entry[] = [
  ...new Set([
    ...Object.values(ROUTES).map((route) => route.entry),
    ...Object.values(ENTRIES),
    ...JOBS.map((job) => jobEntry(job)),
  ]),
];
