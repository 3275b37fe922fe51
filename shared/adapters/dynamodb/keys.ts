import { PARTITIONS } from '../../contract.ts';

/** Keys of every item in the table. `PARTITIONS` has their prefixes. */
export interface ItemKey {
  pk: string;
  sk: string;
}

const VERSION_DIGITS = 12;

/** Everything that belongs to a user shares this partition key. */
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

/** `operationKey` is the digest under which an account remembers the operation. */
export function operationRecordKey(userId: string, operationKey: string): ItemKey {
  return { pk: userPartition(userId), sk: `OPERATION#${operationKey}` };
}

/** Usage of a feature on a day (`2026-11-22`, UTC). Digits sort before letters: no range of days meets a period. */
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

/** Which shards of the index *top* have something of a feature's day, or of its alerts. */
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

/** Which key the deployment stored last under one of its own names. */
export function firstKeyKey(name: string): ItemKey {
  return { pk: PARTITIONS.firstKey + name, sk: 'FIRST_KEY' };
}

export function subscriptionKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'SUBSCRIPTION' };
}

/** What sort keys of a user's subscription history, and of payments, begin with: the oldest sorts first. */
export const HISTORY_PREFIX = 'SUBSCRIPTION#';
export const PAYMENT_PREFIX = 'PAYMENT#';

/** What a subscription became at a moment (epoch ms); two changes of one moment sort by their version. */
export function subscriptionHistoryKey(userId: string, at: number, version: number): ItemKey {
  const sortable = String(version).padStart(VERSION_DIGITS, '0');
  return { pk: userPartition(userId), sk: `${HISTORY_PREFIX}${new Date(at).toISOString()}#${sortable}` };
}

/** A payment that Stripe told of at a moment (epoch ms). */
export function paymentKey(userId: string, at: number, paymentId: string): ItemKey {
  return { pk: userPartition(userId), sk: `${PAYMENT_PREFIX}${new Date(at).toISOString()}#${paymentId}` };
}

/** Which of Stripe's customers a user is. */
export function customersKey(userId: string): ItemKey {
  return { pk: userPartition(userId), sk: 'CUSTOMERS' };
}

/** The user that a customer (`cus_…`) or subscription (`sub_…`) of Stripe belongs to. */
export function stripeMapKey(stripeId: string): ItemKey {
  return { pk: PARTITIONS.stripeId + stripeId, sk: 'MAP' };
}

export function stripeEventKey(eventId: string): ItemKey {
  return { pk: PARTITIONS.stripeEvent + eventId, sk: 'CLAIM' };
}

/** How far the sync with Stripe has come. */
export function stripeSyncKey(): ItemKey {
  return { pk: PARTITIONS.stripeSync, sk: 'CURSOR' };
}

/** The plan that a price of Stripe belongs to. */
export function priceKey(priceId: string): ItemKey {
  return { pk: PARTITIONS.price + priceId, sk: 'PRICE' };
}

/** What sort keys of a job's runs begin with. A run's id begins with its time: the oldest sorts first. */
export const RUN_PREFIX = 'RUN#';

export function jobRunKey(job: string, runId: string): ItemKey {
  return { pk: PARTITIONS.job + job, sk: RUN_PREFIX + runId };
}

/** Who runs a job now: for everybody, or for one user. */
export function jobClaimKey(job: string, userId: string | undefined): ItemKey {
  return { pk: PARTITIONS.job + job, sk: userId === undefined ? 'CLAIM' : `CLAIM#${userId}` };
}

/** What sort keys of alerts begin with; the newest period sorts last. */
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

/** An event that could not be said when it happened. */
export function untoldEventKey(eventId: string): ItemKey {
  return { pk: PARTITIONS.outbox + eventId, sk: UNTOLD_EVENT };
}
const UNTOLD_EVENT = 'EVENT';
