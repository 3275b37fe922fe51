/**
 * Names that the infrastructure and the functions must agree on, each declared once.
 * It imports nothing but its own parts, so that the CDK app and every Lambda bundle can share it for free.
 */

export * from './contract/metrics.ts';
export * from './contract/partitions.ts';
export * from './contract/routes.ts';

/** Environment variables that the stack sets and `functions/runtime/env.ts` reads. */
export const ENV = {
  tableName: 'TABLE_NAME',
  defaultPlanId: 'DEFAULT_PLAN_ID',
  /** Most units of one operation. */
  maxAmount: 'MAX_AMOUNT',
  /** IANA time zone in which days of usage and reports begin. */
  reportTimeZone: 'REPORT_TIME_ZONE',
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

/** Open reservations of one account; each costs bytes in the account and a place in every save. */
export const MAX_OPEN_RESERVATIONS = 100;

/**
 * Units that one operation may use, reserve or confirm: without a setting, and as a setting at most. All open reservations of
 * an account together then hold an amount that a number keeps exactly.
 */
export const AMOUNT_BOUND = {
  byDefault: 10 ** 12,
  most: Math.floor(Number.MAX_SAFE_INTEGER / MAX_OPEN_RESERVATIONS),
} as const;

/** The keys that a deployment brings: visible ASCII, which an `Authorization` header carries unchanged. Lengths in characters. */
export const FIRST_KEY = { minLength: 8, maxLength: 256, pattern: /^[\x21-\x7e]{8,256}$/ } as const;

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
   * (`<feature>#<interval>#<its end>#<shard>`) → amount used; days have the user's plan too, and what was stored of a gauge.
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
