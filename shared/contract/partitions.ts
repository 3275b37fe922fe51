/**
 * Partition keys of the table by kind of item: a prefix that ends with `#` and is followed by an id, or the
 * whole key. Roles are bounded by them, so that a function cannot reach a kind of items that is none of its
 * business.
 */
export const PARTITIONS = {
  /** All items of a user: account, ledger, operation records, usage, alerts, subscription, payments. */
  user: 'ACCOUNT#',
  plan: 'PLAN#',
  /** A copy of each plan's newest version in one partition, so that listing them is one query. */
  planList: 'PLANS',
  /** The plan that a price of Stripe belongs to. */
  price: 'PRICE#',
  apiKey: 'KEY#',
  /** The tokens of an API key with a rate limit. */
  rateBucket: 'RATE#',
  /** Which key the deployment stored last under one of its own names. */
  firstKey: 'FIRST_KEY#',
  /** The user that a customer or a subscription of Stripe belongs to. */
  stripeId: 'STRIPE#',
  stripeEvent: 'STRIPE_EVENT#',
  /** The position of the sync with Stripe. */
  stripeSync: 'STRIPE_SYNC',
  job: 'JOB#',
  /** The shards of the index *top* that have entries of a day. */
  day: 'DAYS#',
  /** Events still to be published. */
  outbox: 'UNTOLD#',
  /** The layout of all the others; see `LAYOUT`. */
  layout: 'LAYOUT',
  /** Which part of the ledger and of the usage was archived. */
  archive: 'ARCHIVE',
  /** Holds nothing: the health check reads it. */
  health: 'HEALTH',
} as const;
export type PartitionKind = keyof typeof PARTITIONS;
