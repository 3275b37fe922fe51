/**
 * Names that the infrastructure and the functions must agree on, each declared once.
 * This file imports nothing, so that the CDK app and every Lambda bundle can share it for free.
 */

/** Environment variables that the stack sets and `functions/runtime/env.ts` reads. */
export const ENV = {
  tableName: 'TABLE_NAME',
  defaultPlanId: 'DEFAULT_PLAN_ID',
  firstKeysSecretArn: 'FIRST_KEYS_SECRET_ARN',
  /** Secret with Redis' address, given to the functions that cache or lock. */
  redisSecretArn: 'REDIS_SECRET_ARN',
  /** Secret with the keys of the Stripe account, given to the functions that talk to it. */
  stripeSecretArn: 'STRIPE_SECRET_ARN',
  /** Where customers may be sent back to from Stripe's pages: origins, comma separated. */
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** EventBridge bus, given to the functions that say what happened. */
  eventBusName: 'EVENT_BUS_NAME',
  /** Function names by job as JSON, given to the function that starts jobs. */
  jobFunctions: 'JOB_FUNCTIONS',
  /** SNS topic for notices to people, given to the functions that raise alerts. */
  alertTopicArn: 'ALERT_TOPIC_ARN',
  /** S3 bucket, given to the job that keeps reports. */
  reportBucketName: 'REPORT_BUCKET_NAME',
  serviceName: 'POWERTOOLS_SERVICE_NAME',
  metricsNamespace: 'POWERTOOLS_METRICS_NAMESPACE',
  logLevel: 'POWERTOOLS_LOG_LEVEL',
} as const;

/** The one table: key attributes, sparse indexes, TTL. Index attributes exist only on items that belong there. */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds after which DynamoDB may delete the item. */
  ttl: 'ttl',
  /** Sort key of every account; the stream hands the projector these items only. */
  accountSortKey: 'ACCOUNT',
} as const;

/**
 * Sparse indexes, sorted by a number; they hold keys and the attributes in `include`. A shard number keeps one
 * partition from taking every write.
 */
export const INDEX = {
  /**
   * Accounts in which something would change by itself: shard → `dueAt` (epoch ms). Behind their shards stand as many of
   * what nobody has been told yet.
   */
  due: { name: 'due', partitionKey: 'k', partitionKeyType: 'N', sortKey: 'd', shards: 16, include: [] },
  /**
   * Usage of a feature on a day (`<feature>#day#<date>#<shard>`) or in a period
   * (`<feature>#<interval>#<its end>#<shard>`) → amount used; days say the user's plan too.
   */
  top: {
    name: 'top',
    partitionKey: 'top',
    partitionKeyType: 'S',
    sortKey: 'used',
    shards: 16,
    include: ['planId'],
  },
} as const;

/**
 * The scheduled jobs. One more is a name here; what is missing then does not compile: its function below `functions/jobs/`,
 * its options (`functions/schemas/job-options.ts`), its clock (`infra/jobs.ts`) and its permissions.
 */
export const JOBS = ['quota-reset', 'subscription-sync', 'quota-monitor', 'usage-report'] as const;
export type JobName = (typeof JOBS)[number];

/** The function that runs a job. */
export function jobEntry<J extends JobName>(job: J): `jobs/${J}` {
  return `jobs/${job}`;
}

/** What an API key may do. A route asks for exactly one; `admin` does not include the others. */
export const SCOPES = ['quota', 'read', 'admin'] as const;
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
    entry: 'reservations/create',
  },
  confirmReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/confirm',
    scope: 'quota',
    entry: 'reservations/confirm',
  },
  releaseReservation: {
    method: 'POST',
    path: '/v1/quota/reservations/{reservationId}/release',
    scope: 'quota',
    entry: 'reservations/release',
  },
  getUserQuota: { method: 'GET', path: '/v1/users/{userId}/quota', scope: 'read', entry: 'users/get-quota' },
  getUserUsage: { method: 'GET', path: '/v1/users/{userId}/usage', scope: 'read', entry: 'users/get-usage' },
  setUserPlan: { method: 'POST', path: '/v1/users/{userId}/plan', scope: 'admin', entry: 'users/set-plan' },
  getUserSubscription: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription',
    scope: 'read',
    entry: 'users/get-subscription',
  },
  getSubscriptionHistory: {
    method: 'GET',
    path: '/v1/users/{userId}/subscription/history',
    scope: 'read',
    entry: 'users/get-subscription-history',
  },
  getUserPayments: {
    method: 'GET',
    path: '/v1/users/{userId}/payments',
    scope: 'read',
    entry: 'users/get-payments',
  },
  getUserAlerts: {
    method: 'GET',
    path: '/v1/users/{userId}/alerts',
    scope: 'read',
    entry: 'users/get-alerts',
  },
  createCheckoutSession: {
    method: 'POST',
    path: '/v1/billing/checkout-sessions',
    scope: 'quota',
    entry: 'billing/create-checkout-session',
  },
  createPortalSession: {
    method: 'POST',
    path: '/v1/billing/portal-sessions',
    scope: 'quota',
    entry: 'billing/create-portal-session',
  },
  receiveStripeEvent: {
    method: 'POST',
    path: '/v1/stripe/webhook',
    // Stripe has no key; its signature is verified by the function.
    scope: null,
    entry: 'stripe/webhook',
  },
  listPlans: { method: 'GET', path: '/v1/plans', scope: 'read', entry: 'plans/list' },
  getPlan: { method: 'GET', path: '/v1/plans/{planId}', scope: 'read', entry: 'plans/get' },
  putPlan: { method: 'PUT', path: '/v1/plans/{planId}', scope: 'admin', entry: 'plans/put' },
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
    entry: 'admin/report-usage',
  },
  getTopUsers: {
    method: 'GET',
    path: '/v1/admin/top-users',
    scope: 'admin',
    entry: 'admin/top-users',
  },
  getHealth: { method: 'GET', path: '/health', scope: null, entry: 'system/health' },
  getOpenApi: { method: 'GET', path: '/openapi.json', scope: null, entry: 'system/openapi' },
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
  authorize: 'system/authorize',
  /** Runs once after every deployment: default plans and the first keys. */
  seed: 'system/seed',
  projector: 'stream/project',
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

/**
 * Names inside the authorizer's context, read by every HTTP function. API Gateway passes strings. Without a `keyId`
 * the caller is nobody, and `reason` says why.
 */
export const AUTHORIZER_CONTEXT = {
  keyId: 'keyId',
  scopes: 'scopes',
  userId: 'userId',
  reason: 'reason',
} as const;

/** Kinds of cached data, as statistics and metrics name them. */
export const CACHE_KINDS = ['quota', 'usage', 'subscription', 'plan', 'customer'] as const;

/** What the service says on its EventBridge bus. */
export const EVENTS = {
  source: 'quota-service',
  subscriptionChanged: 'subscription.changed',
  thresholdCrossed: 'quota.threshold_crossed',
  exhausted: 'quota.exhausted',
  recovered: 'quota.recovered',
  /** A period in which something was used is closed, or starts over. */
  reset: 'quota.reset',
  anomalyDetected: 'quota.anomaly_detected',
  forecast: 'quota.forecast',
} as const;

/** CloudWatch metrics. Dimensions never name a user. */
export const METRICS = {
  namespace: 'QuotaService',
  /** Powertools puts it on every metric as the dimension `service`, and on every log line. */
  service: 'quota',
  decision: 'Decision',
  units: 'Units',
  decisionLatencyMs: 'DecisionLatency',
  /** How much of its limit an account had used after units were accepted, in percent. */
  usagePercent: 'UsagePercentage',
  projectorLagMs: 'ProjectorLag',
  ledgerEntries: 'LedgerEntries',
  invariantBroken: 'InvariantBroken',
  alertsRaised: 'AlertsRaised',
  /** Events and notices that could not be sent; the monitor sends them. */
  newsUntold: 'NewsUntold',
  /** Stripe's events by what became of them, and what the sync found. */
  stripe: {
    eventHandled: 'StripeEventHandled',
    eventRepeated: 'StripeEventRepeated',
    eventIgnored: 'StripeEventIgnored',
    /** It had no valid signature. */
    eventRefused: 'StripeEventRefused',
    /** Something failed; Stripe sends it again. */
    eventFailed: 'StripeEventFailed',
    /** A subscription has a price that no plan names: nothing was changed, somebody has to look. */
    unknownPrice: 'StripeUnknownPrice',
    /** A customer of Stripe's that is no user here. */
    unknownUser: 'StripeUnknownUser',
    syncChecked: 'StripeSyncChecked',
    syncChanged: 'StripeSyncChanged',
    syncFailed: 'StripeSyncFailed',
    syncDrifted: 'StripeSyncDrifted',
  },
  /** What the caches did, by kind. */
  cache: {
    l1Hits: 'CacheL1Hits',
    l2Hits: 'CacheL2Hits',
    misses: 'CacheMisses',
    fills: 'CacheFills',
    errors: 'CacheErrors',
  },
  /** What became of acquisitions of a lock; the resource is in the log. */
  lock: {
    acquired: 'LockAcquired',
    contended: 'LockContended',
    timed_out: 'LockTimedOut',
    unavailable: 'LockUnavailable',
    lost: 'LockLost',
  },
  lockWaitMs: 'LockWait',
  /** Runs of the jobs, by job and outcome. */
  job: {
    runs: 'JobRuns',
    processed: 'JobItemsProcessed',
    failed: 'JobItemsFailed',
    durationMs: 'JobDuration',
  },
  dimensions: {
    service: 'service',
    feature: 'feature',
    outcome: 'outcome',
    cache: 'cache',
    job: 'job',
  },
} as const;

/** Metrics that are written alike. Several sets of dimensions: the figure is written once under each. */
export interface MetricShape {
  readonly names: readonly string[];
  readonly unit: 'Count' | 'Milliseconds' | 'Percent';
  readonly dimensions: readonly (readonly string[])[];
}

/** Every metric's unit and dimensions. */
export const METRIC_SHAPES: readonly MetricShape[] = [
  { names: [METRICS.decision, METRICS.units], unit: 'Count', dimensions: [['feature', 'outcome']] },
  { names: [METRICS.decisionLatencyMs], unit: 'Milliseconds', dimensions: [['feature', 'outcome']] },
  { names: [METRICS.usagePercent], unit: 'Percent', dimensions: [['service'], ['feature']] },
  { names: Object.values(METRICS.cache), unit: 'Count', dimensions: [['cache']] },
  {
    names: [
      METRICS.ledgerEntries,
      METRICS.invariantBroken,
      METRICS.alertsRaised,
      METRICS.newsUntold,
      ...Object.values(METRICS.stripe),
      ...Object.values(METRICS.lock),
    ],
    unit: 'Count',
    dimensions: [['service']],
  },
  {
    names: [METRICS.job.runs, METRICS.job.processed, METRICS.job.failed],
    unit: 'Count',
    dimensions: [['job', 'outcome']],
  },
  { names: [METRICS.job.durationMs], unit: 'Milliseconds', dimensions: [['job', 'outcome']] },
  { names: [METRICS.projectorLagMs, METRICS.lockWaitMs], unit: 'Milliseconds', dimensions: [['service']] },
];
