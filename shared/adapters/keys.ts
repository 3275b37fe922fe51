/** Keys of every item in the table: who holds what, in one place. */
export interface ItemKey {
  pk: string;
  sk: string;
}

const VERSION_DIGITS = 12;

const USER_PARTITION_PREFIX = 'ACCOUNT#';

/** Everything that belongs to a user shares this partition key. */
function userPartition(userId: string): string {
  return USER_PARTITION_PREFIX + userId;
}

/** The user whose partition key this is. */
export function userIdOf(partitionKey: string): string {
  return partitionKey.slice(USER_PARTITION_PREFIX.length);
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

export function currentPlanKey(planId: string): ItemKey {
  return { pk: `PLAN#${planId}`, sk: 'CURRENT' };
}

export function planVersionKey(planId: string, version: number): ItemKey {
  return { pk: `PLAN#${planId}`, sk: `VERSION#${version}` };
}

/** A copy of every plan's newest version in one partition, so that listing them is one query. */
export const PLAN_LIST_PARTITION = 'PLANS';

export function planListKey(planId: string): ItemKey {
  return { pk: PLAN_LIST_PARTITION, sk: planId };
}

export function apiKeyKey(keyHash: string): ItemKey {
  return { pk: `KEY#${keyHash}`, sk: 'KEY' };
}

/** Which key the deployment stored last under one of its own names. */
export function firstKeyKey(name: string): ItemKey {
  return { pk: `FIRST_KEY#${name}`, sk: 'FIRST_KEY' };
}
