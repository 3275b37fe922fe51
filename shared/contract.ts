/**
 * Names that the infrastructure and the functions share, each declared once. It imports only its own parts,
 * so that it costs the CDK app and the bundles nothing.
 */

export * from './contract/layout.ts';
export * from './contract/metrics.ts';
export * from './contract/partitions.ts';
export * from './contract/probes.ts';
export * from './contract/routes.ts';

/** Environment variables that the stack sets and `functions/runtime/env.ts` reads. */
export const ENV = {
  tableName: 'TABLE_NAME',
  defaultPlanId: 'DEFAULT_PLAN_ID',
  /** Largest amount of one operation, in units. */
  maxAmount: 'MAX_AMOUNT',
  /** Requests per second of an API key without a limit of its own. */
  keyRequestsPerSecond: 'KEY_REQUESTS_PER_SECOND',
  /** IANA time zone in which days of usage and reports begin. */
  reportTimeZone: 'REPORT_TIME_ZONE',
  firstKeysSecretArn: 'FIRST_KEYS_SECRET_ARN',
  /** Secret with the API key of the canary; the seed has it only where there is a canary. */
  canarySecretArn: 'CANARY_SECRET_ARN',
  /** Public URL of the API, for the canary. */
  apiUrl: 'API_URL',
  /** Secret with the address of Redis, for functions that cache or lock. */
  redisSecretArn: 'REDIS_SECRET_ARN',
  /** Secret with the keys of the Stripe account, for functions that call it. */
  stripeSecretArn: 'STRIPE_SECRET_ARN',
  /** Origins that Stripe's pages may redirect customers to, comma separated. */
  allowedOrigins: 'ALLOWED_ORIGINS',
  /** EventBridge bus, for functions that publish events. */
  eventBusName: 'EVENT_BUS_NAME',
  /** Function names by job as JSON, for the function that starts jobs. */
  jobFunctions: 'JOB_FUNCTIONS',
  /** SNS topic of notices to people, for functions that raise alerts. */
  alertTopicArn: 'ALERT_TOPIC_ARN',
  /** S3 bucket, for the job that stores reports. */
  reportBucketName: 'REPORT_BUCKET_NAME',
  /** S3 bucket of the archive, for the job that fills it. */
  archiveBucketName: 'ARCHIVE_BUCKET_NAME',
  /** Days for which ledger entries, and usage, stay in the table; absent: for ever. */
  ledgerRetentionDays: 'LEDGER_RETENTION_DAYS',
  usageRetentionDays: 'USAGE_RETENTION_DAYS',
  /** Those of `OPTIONAL_JOBS` that the deployment has, comma separated, for the seed. */
  optionalJobs: 'OPTIONAL_JOBS',
  metricsNamespace: 'POWERTOOLS_METRICS_NAMESPACE',
  logLevel: 'POWERTOOLS_LOG_LEVEL',
} as const;

/** Most open reservations of one account: each adds bytes to the account and to every save. */
export const MAX_OPEN_RESERVATIONS = 100;

/**
 * Least days for which ledger and usage are kept. Ledger: records of operations lead to entries of 8 days.
 * Usage: the longest range of one request for a user.
 */
export const LEAST_RETENTION_DAYS = { ledger: 30, usage: 92 } as const;

/**
 * Largest amount that one operation may use, reserve or confirm: the default, and the largest setting. The
 * amounts of all open reservations of an account then add up to a safe integer.
 */
export const AMOUNT_BOUND = {
  byDefault: 10 ** 12,
  most: Math.floor(Number.MAX_SAFE_INTEGER / MAX_OPEN_RESERVATIONS),
} as const;

/** Largest rate limit of an API key. API Gateway admits 10,000 requests a second to an account. */
export const KEY_RATE_BOUND = { requestsPerSecond: 10_000, burst: 100_000 } as const;

/**
 * Format of the bootstrap keys: visible ASCII, which an `Authorization` header carries unchanged. Lengths in
 * characters. `adminName`: the admin key's name in the secret and in the table.
 */
export const FIRST_KEY = {
  minLength: 8,
  maxLength: 256,
  pattern: /^[\x21-\x7e]{8,256}$/,
  adminName: 'adminKey',
} as const;

/**
 * The one table: key attributes, sparse indexes, TTL. Index attributes exist only on items that belong there.
 */
export const TABLE = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Epoch seconds after which DynamoDB may delete the item. */
  ttl: 'ttl',
  /** Sort key of every account; the stream's filter passes only these items to the projector. */
  accountSortKey: 'ACCOUNT',
  /** Maximum items per batch write. */
  batchPuts: 25,
} as const;

/**
 * Sparse indexes, sorted by a number; they hold keys and the attributes in `include`. A shard number keeps
 * one partition from taking every write.
 */
export const INDEX = {
  /**
   * Accounts that time alone will change: shard → `dueAt` (epoch ms). As many shards again hold pending
   * notifications.
   */
  due: { name: 'due', partitionKey: 'k', partitionKeyType: 'N', sortKey: 'd', shards: 16, include: [] },
  /**
   * Usage of a feature on a day (`<feature>#day#<date>#<shard>`) or in a period (`<feature>#<interval>#<its
   * end>#<shard>`) → amount used; days include the user's plan and the stored units of a gauge.
   */
  top: {
    name: 'top',
    partitionKey: 'top',
    partitionKeyType: 'S',
    sortKey: 'used',
    shards: 16,
    include: ['planId', 'opening', 'storedUnits', 'peak'],
  },
} as const;

/**
 * Names in the authorizer's context, as strings. Without a `keyId` the caller is not authenticated, and
 * `reason` is the cause.
 */
export const AUTHORIZER_CONTEXT = {
  keyId: 'keyId',
  scopes: 'scopes',
  userId: 'userId',
  /** The key's rate limit; both absent: none. */
  requestsPerSecond: 'requestsPerSecond',
  burst: 'burst',
  reason: 'reason',
} as const;

/** Kinds of cached data, as statistics and metrics name them. */
export const CACHE_KINDS = ['quota', 'usage', 'subscription', 'plan', 'customer'] as const;

/** Events that the service publishes on its EventBridge bus. */
export const EVENTS = {
  source: 'quota-service',
  subscriptionChanged: 'subscription.changed',
  thresholdCrossed: 'quota.threshold_crossed',
  exhausted: 'quota.exhausted',
  recovered: 'quota.recovered',
  /** A period with usage closed, or was reset. */
  reset: 'quota.reset',
  anomalyDetected: 'quota.anomaly_detected',
  forecast: 'quota.forecast',
} as const;
