import { createHash } from 'node:crypto';
import { INDEX } from '../../contract.ts';
import {
  type AcceptedOperation,
  type Account,
  type Amounts,
  type Counter,
  carriedUntil,
  type Hold,
  type Interval,
  type UsedPayments,
} from '../../domain/account.ts';
import {
  ACCOUNT,
  type AccountItem,
  COUNTER,
  type CounterItem,
  HOLD,
  type HoldItem,
  PAYMENTS,
  type PaymentsItem,
  STATUS_CODES,
} from './account-item.ts';
import { fromChangeItem, toChangeItem } from './change-codec.ts';
import { accountKey, userIdOf } from './keys.ts';
import { rejectUnreadableItem } from './unreadable-layout.ts';

const INTERVAL_CODES: Record<Interval, string> = {
  '5h': '5',
  day: 'd',
  week: 'w',
  month: 'm',
  billing_cycle: 'b',
  never: 'n',
};
const INTERVAL_OF_CODE = new Map(
  Object.entries(INTERVAL_CODES).map(([interval, code]) => [code, interval as Interval]), // keys of the record above
);

/** The code of an interval: the key of its further counter, and the counter's own interval. */
export function intervalCode(interval: Interval): string {
  return INTERVAL_CODES[interval];
}

/** Encodes an account. @throws Error if it has no change */
export function toAccountItem(account: Account): AccountItem {
  const { userId, schedule, change } = account;
  if (!change) throw new Error('an account is saved only by a change');
  const counters: Record<string, CounterItem> = {};
  const furtherCounters: Record<string, Record<string, CounterItem>> = {};
  for (const [feature, [first, ...further]] of account.counters) {
    if (!first) continue;
    counters[feature] = toCounterItem(first);
    if (further.length > 0) {
      furtherCounters[feature] = Object.fromEntries(
        further.map((counter) => [intervalCode(counter.interval), toCounterItem(counter)]),
      );
    }
  }
  return {
    ...accountKey(userId),
    [ACCOUNT.version]: account.version,
    [ACCOUNT.planId]: account.plan.id,
    [ACCOUNT.planVersion]: account.plan.version,
    [ACCOUNT.status]: account.status === 'active' ? STATUS_CODES.active : STATUS_CODES.suspended,
    ...untilItem(account),
    ...(schedule.timeZone !== 'UTC' && { [ACCOUNT.timeZone]: schedule.timeZone }),
    ...(schedule.anchor !== null && { [ACCOUNT.anchor]: schedule.anchor }),
    [ACCOUNT.billingAnchor]: schedule.billingAnchor,
    ...(schedule.billingMonths !== 1 && { [ACCOUNT.billingMonths]: schedule.billingMonths }),
    ...subscriptionItem(account),
    [ACCOUNT.counters]: counters,
    [ACCOUNT.furtherCounters]: furtherCounters,
    [ACCOUNT.operations]: mapToRecord(account.operations, operationText),
    [ACCOUNT.floor]: account.floor,
    [ACCOUNT.holds]: mapToRecord(account.holds, toHoldItem),
    ...(account.dueAt !== null && { [ACCOUNT.dueAt]: account.dueAt }),
    [ACCOUNT.dueShard]: dueShard(userId),
    [ACCOUNT.change]: toChangeItem(change),
  };
}

/** Decodes an account. @throws Error if its layout, or the interval of a counter, is unknown */
export function fromAccountItem(item: AccountItem): Account {
  rejectUnreadableItem(item, 'the account');
  const subscriptionVersion = item[ACCOUNT.subscriptionVersion];
  return {
    userId: userIdOf(item.pk),
    version: item[ACCOUNT.version],
    plan: { id: item[ACCOUNT.planId], version: item[ACCOUNT.planVersion] },
    status: item[ACCOUNT.status] === STATUS_CODES.active ? 'active' : 'suspended',
    validUntil: item[ACCOUNT.validUntil] ?? item[ACCOUNT.usableUntil],
    schedule: {
      timeZone: item[ACCOUNT.timeZone] ?? 'UTC',
      anchor: item[ACCOUNT.anchor] ?? null,
      billingAnchor: item[ACCOUNT.billingAnchor],
      billingMonths: item[ACCOUNT.billingMonths] ?? 1,
    },
    subscriptionVersion: subscriptionVersion ?? 0,
    isSubscribed: subscriptionVersion !== undefined && item[ACCOUNT.isSubscribed] !== false,
    usedPayments: fromPaymentsItem(item[ACCOUNT.usedPayments]),
    counters: recordToMap(item[ACCOUNT.counters], (first, feature) => [
      fromCounterItem(first),
      ...Object.values(item[ACCOUNT.furtherCounters][feature] ?? {}).map(fromCounterItem),
    ]),
    operations: recordToMap(item[ACCOUNT.operations], fromOperationText),
    floor: item[ACCOUNT.floor],
    holds: recordToMap(item[ACCOUNT.holds], fromHoldItem),
    dueAt: item[ACCOUNT.dueAt] ?? null,
    change: fromChangeItem(item[ACCOUNT.change]),
  };
}

/** The conditional writes compare one instant. */
function untilItem(account: Account) {
  const usableUntil = Math.min(account.validUntil, carriedUntil(account));
  return {
    [ACCOUNT.usableUntil]: usableUntil,
    ...(usableUntil !== account.validUntil && { [ACCOUNT.validUntil]: account.validUntil }),
  };
}

function subscriptionItem({ subscriptionVersion, isSubscribed, usedPayments }: Account) {
  return {
    ...(subscriptionVersion !== 0 && { [ACCOUNT.subscriptionVersion]: subscriptionVersion }),
    ...(subscriptionVersion !== 0 && !isSubscribed && { [ACCOUNT.isSubscribed]: false as const }),
    ...(usedPayments && { [ACCOUNT.usedPayments]: toPaymentsItem(usedPayments) }),
  };
}

function toPaymentsItem({ periodStart, invoiceIds, openedAfter }: UsedPayments): PaymentsItem {
  return {
    [PAYMENTS.periodStart]: periodStart,
    [PAYMENTS.invoiceIds]: invoiceIds,
    ...(openedAfter !== undefined && { [PAYMENTS.openedAfter]: openedAfter }),
  };
}

function fromPaymentsItem(item: PaymentsItem | undefined): UsedPayments | null {
  if (!item) return null;
  const openedAfter = item[PAYMENTS.openedAfter];
  return {
    periodStart: item[PAYMENTS.periodStart],
    invoiceIds: item[PAYMENTS.invoiceIds],
    ...(openedAfter !== undefined && { openedAfter }),
  };
}

/** Encodes an accepted operation in 14 bytes. */
export function operationText(operation: AcceptedOperation): string {
  const { fingerprint, keyed, isSettled, acceptedAtSeconds } = operation;
  const mark = isSettled ? (keyed ? ';' : ',') : keyed ? ':' : '.';
  return `${fingerprint}${mark}${acceptedAtSeconds.toString(36)}`;
}

function fromOperationText(text: string): AcceptedOperation {
  return {
    fingerprint: text.slice(0, 6),
    keyed: ':;'.includes(text.charAt(6)),
    isSettled: ',;'.includes(text.charAt(6)),
    acceptedAtSeconds: Number.parseInt(text.slice(7), 36),
  };
}

/** The due index's shard of a user, 0 … shards − 1. */
export function dueShard(userId: string): number {
  return createHash('sha256').update(userId).digest().readUInt32BE(0) % INDEX.due.shards;
}

function toCounterItem(counter: Counter): CounterItem {
  return {
    [COUNTER.interval]: intervalCode(counter.interval),
    ...(counter.limit !== null && { [COUNTER.limit]: counter.limit }),
    ...(counter.granted !== 0 && { [COUNTER.granted]: counter.granted }),
    ...(counter.carried?.length && {
      [COUNTER.carried]: counter.carried.map(({ units, until }) => [units, until] as const),
    }),
    [COUNTER.used]: counter.used,
    [COUNTER.remaining]: counter.remaining,
    [COUNTER.lifetime]: counter.lifetime,
    ...(counter.held !== 0 && { [COUNTER.held]: counter.held }),
    ...(counter.excess !== undefined && { [COUNTER.excess]: counter.excess }),
    ...(counter.closed !== undefined && { [COUNTER.closed]: counter.closed }),
    ...(!counter.enforced && { [COUNTER.enforced]: false as const }),
    [COUNTER.periodStart]: counter.periodStart,
    [COUNTER.periodEnd]: counter.periodEnd,
  };
}

function fromCounterItem(item: CounterItem): Counter {
  const carried = item[COUNTER.carried];
  const excess = item[COUNTER.excess];
  const closed = item[COUNTER.closed];
  return {
    interval: intervalOf(item[COUNTER.interval]),
    limit: item[COUNTER.limit] ?? null,
    granted: item[COUNTER.granted] ?? 0,
    ...(carried && { carried: carried.map(([units, until]) => ({ units, until })) }),
    used: item[COUNTER.used],
    held: item[COUNTER.held] ?? 0,
    ...(excess !== undefined && { excess }),
    ...(closed !== undefined && { closed }),
    remaining: item[COUNTER.remaining],
    lifetime: item[COUNTER.lifetime],
    enforced: item[COUNTER.enforced] ?? true,
    periodStart: item[COUNTER.periodStart],
    periodEnd: item[COUNTER.periodEnd],
  };
}

function toHoldItem(hold: Hold): HoldItem {
  return {
    [HOLD.amounts]: Object.fromEntries(hold.amounts),
    [HOLD.expiresAt]: hold.expiresAt,
    [HOLD.periodEnds]: mapToRecord(hold.periodEnds, (ends) =>
      Object.fromEntries([...ends].map(([interval, end]) => [intervalCode(interval), end])),
    ),
  };
}

function fromHoldItem(item: HoldItem): Hold {
  const amounts: Amounts = new Map(Object.entries(item[HOLD.amounts]));
  const periodEnds = recordToMap(
    item[HOLD.periodEnds],
    (ends) => new Map(Object.entries(ends).map(([code, end]) => [intervalOf(code), end])),
  );
  return { amounts, expiresAt: item[HOLD.expiresAt], periodEnds };
}

function intervalOf(code: string): Interval {
  const interval = INTERVAL_OF_CODE.get(code);
  if (!interval) throw new Error(`the account has an unknown interval: ${code}`);
  return interval;
}

function mapToRecord<V, T>(map: ReadonlyMap<string, V>, encode: (value: V) => T): Record<string, T> {
  return Object.fromEntries([...map].map(([key, value]) => [key, encode(value)]));
}

function recordToMap<T, V>(record: Record<string, T>, decode: (value: T, key: string) => V): Map<string, V> {
  return new Map(Object.entries(record).map(([key, value]) => [key, decode(value, key)]));
}
