import { PARTITIONS } from '../../contract.ts';

/** Keys of every item in the table. `PARTITIONS` has their prefixes. */
export interface ItemKey {
  pk: string;
  sk: string;
}

const VERSION_DIGITS = 12;
/** Larger than the version of any account. */
export const MAX_VERSION = 10 ** VERSION_DIGITS - 1;

/** The partition key of all of a user's items. */
function userPartition(userId: string): string {
  return PARTITIONS.user + userId;
}

/** The user whose partition key this is. */
export function userIdOf(partitionKey: string): string {
  return partitionKey.slice(PARTITIONS.user.length);
}

export function accountKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'ACCOUNT' };
}

/** Ledger entries sort by version. */
export function ledgerKey(userId: string, version: number): ItemKey {
  return { pk: userPartition(userId), sk: `LEDGER#${String(version).padStart(VERSION_DIGITS, '0')}` };
}

/** The sums of the entries that are archived. It is no version, so no range of entries meets it. */
export function ledgerCheckpointKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'CHECKPOINT' };
}

/** `operationKey` is the digest under which an account remembers the operation. */
export function operationRecordKey(userId: string, operationKey: string): ItemKey {
  return { pk: userPartition(userId), sk: `OPERATION#${operationKey}` };
}

/**
 * Usage of a feature on a day (`2026-11-22`, UTC). Digits sort before letters: no range of days meets a
 * period.
 */
export function dayUsageKey(userId: string, feature: string, date: string): ItemKey {
  return { pk: userPartition(userId), sk: `USAGE#${feature}#${date}` };
}

/** Usage of a feature in the period that ends at `periodEnd` (epoch ms). */
export function periodUsageKey(
  userId: string,
  feature: string,
  interval: string,
  periodEnd: number,
): ItemKey {
  return {
    pk: userPartition(userId),
    sk: `USAGE#${feature}#${interval}#${new Date(periodEnd).toISOString()}`,
  };
}

/** The usage of one feature, by day or by periods of one interval: a range of a user's sort keys. */
export interface UsageSeries {
  readonly feature: string;
  /** `undefined`: by day. */
  readonly interval: string | undefined;
}

/** The range of all of a user's usage. `~` sorts after every character of a sort key. */
export function usageRange(userId: string): { pk: string; from: string; to: string } {
  return { pk: userPartition(userId), from: 'USAGE#', to: 'USAGE#~' };
}

/** The series that a sort key of usage belongs to. */
export function usageSeriesOf(sk: string): UsageSeries {
  const [, feature = '', intervalOrDate = '', end] = sk.split('#');
  return { feature, interval: end === undefined ? undefined : intervalOrDate };
}

/** Sorts after every item of a series, and before those of the next one: days are before the year 3000. */
export function endOfUsageSeries({ feature, interval }: UsageSeries): string {
  return interval === undefined ? `USAGE#${feature}#3` : `USAGE#${feature}#${interval}#~`;
}

/** The archive's progress: which part of the history is archived, and the batch in progress. */
export function archiveKey(): ItemKey {
  return { pk: PARTITIONS.archive, sk: 'PROGRESS' };
}

/** The shards of the index *top* with content of a feature's day, or of its alerts. */
export function dayMarkKey(subject: string, date: string): ItemKey {
  return { pk: PARTITIONS.day + subject, sk: date };
}

export function currentPlanKey(planId: string): ItemKey {
  return { pk: PARTITIONS.plan + planId, sk: 'CURRENT' };
}

export function planVersionKey(planId: string, version: number): ItemKey {
  return { pk: PARTITIONS.plan + planId, sk: `VERSION#${version}` };
}

export function planListKey(planId: string): ItemKey {
  return { pk: PARTITIONS.planList, sk: planId };
}

export function apiKeyKey(keyHash: string): ItemKey {
  return { pk: PARTITIONS.apiKey + keyHash, sk: 'KEY' };
}

/** The key that the deployment stored last under one of its own names. */
export function firstKeyKey(name: string): ItemKey {
  return { pk: PARTITIONS.firstKey + name, sk: 'FIRST_KEY' };
}

/** The bucket of an API key with a rate limit. */
export function rateBucketKey(keyId: string): ItemKey {
  return { pk: PARTITIONS.rateBucket + keyId, sk: 'BUCKET' };
}

export function subscriptionKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'SUBSCRIPTION' };
}

/** Prefix of a user's subscription history's sort keys; the oldest sorts first. */
export const HISTORY_PREFIX = 'SUBSCRIPTION#';
export const PAYMENT_PREFIX = 'PAYMENT#';

/** A subscription's state from a moment on (epoch ms); two changes of one moment sort by their version. */
export function subscriptionHistoryKey(userId: string, at: number, version: number): ItemKey {
  const sortable = String(version).padStart(VERSION_DIGITS, '0');
  return { pk: userPartition(userId), sk: `${HISTORY_PREFIX}${new Date(at).toISOString()}#${sortable}` };
}

/** A payment that Stripe reported at a moment (epoch ms). */
export function paymentKey(userId: string, at: number, paymentId: string): ItemKey {
  return { pk: userPartition(userId), sk: `${PAYMENT_PREFIX}${new Date(at).toISOString()}#${paymentId}` };
}

/** The Stripe customers of a user. */
export function customersKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'CUSTOMERS' };
}

/** The owner of a Stripe customer (`cus_…`) or subscription (`sub_…`). */
export function stripeMapKey(stripeId: string): ItemKey {
  return { pk: PARTITIONS.stripeId + stripeId, sk: 'MAP' };
}

export function stripeEventKey(eventId: string): ItemKey {
  return { pk: PARTITIONS.stripeEvent + eventId, sk: 'CLAIM' };
}

/** The cursor of the sync with Stripe. */
export function stripeSyncKey(): ItemKey {
  return { pk: PARTITIONS.stripeSync, sk: 'CURSOR' };
}

/** The plan of a Stripe price. */
export function priceKey(priceId: string): ItemKey {
  return { pk: PARTITIONS.price + priceId, sk: 'PRICE' };
}

/** Prefix of the sort keys of a job's runs. A run's id begins with its time: the oldest sorts first. */
export const RUN_PREFIX = 'RUN#';

export function jobRunKey(job: string, runId: string): ItemKey {
  return { pk: PARTITIONS.job + job, sk: RUN_PREFIX + runId };
}

/** The current run of a job: for all users, or for one. */
export function jobClaimKey(job: string, userId: string | undefined): ItemKey {
  return { pk: PARTITIONS.job + job, sk: userId === undefined ? 'CLAIM' : `CLAIM#${userId}` };
}

/** Prefix of the sort keys of alerts; the newest period sorts last. */
export const ALERT_PREFIX = 'ALERT#';

/** An alert about a feature's counter in the period that began at `periodStart` (epoch ms). */
export function alertKey(
  userId: string,
  periodStart: number,
  feature: string,
  interval: string,
  level: string,
): ItemKey {
  const period = new Date(periodStart).toISOString();
  return { pk: userPartition(userId), sk: `${ALERT_PREFIX}${period}#${feature}.${interval}#${level}` };
}

/** An alert that was raised again since: its first key with the account version at which it was raised. */
export function earlierAlertKey({ pk, sk }: ItemKey, version: number): ItemKey {
  return { pk, sk: `${sk}#${String(version).padStart(VERSION_DIGITS, '0')}` };
}

/** An event that could not be published when it happened. */
export function unpublishedEventKey(eventId: string): ItemKey {
  return { pk: PARTITIONS.outbox + eventId, sk: UNTOLD_EVENT };
}
const UNTOLD_EVENT = 'EVENT';
