import { createHash } from 'node:crypto';
import { INDEX } from '../../contract.ts';
import {
  type AcceptedOperation,
  type Account,
  type Amounts,
  type Counter,
  carriedUntil,
  type Feature,
  type Hold,
  type Interval,
} from '../../domain/account.ts';
import { type ChangeItem, fromChangeItem, toChangeItem } from './change-codec.ts';
import { accountKey, userIdOf } from './keys.ts';

/**
 * The account item. One-letter names keep an account with 4 features and 16 operations below 1 KB, so that a
 * consume costs one write unit; what has its usual value is left out. The conditional writes use these names too.
 */
export interface AccountItem {
  pk: string;
  sk: string;
  /** version */
  v: number;
  /** plan id, plan version */
  p: string;
  pv: number;
  /** status: `a` active, `s` suspended */
  s: 'a' | 's';
  /** until when the account may be used without a new look, epoch ms: `validUntil`, or the end of a carried grant */
  u: number;
  /** validUntil, when it is later than `u` */
  vu?: number;
  /** time zone, when not UTC */
  z?: string;
  /** calendar anchor, epoch ms, when there is one */
  a?: number;
  /** billing anchor, epoch ms */
  b: number;
  /** months in a billing cycle, when not 1 */
  bm?: number;
  /** version of the subscription it follows, when there is one */
  sv?: number;
  /** `false` when that subscription granted nothing */
  sg?: false;
  /** used payments: the invoices, by the start of the period that they opened, epoch ms */
  up?: { s: number; i: readonly string[] };
  /** the first counter of each feature */
  c: Record<Feature, CounterItem>;
  /** further counters of features with several intervals: feature → interval → counter */
  w: Record<Feature, Record<string, CounterItem>>;
  /**
   * accepted operations: key → `<fingerprint>.<seconds in base 36>`; `:` for a caller's own key, `,` and `;` once a pruning has
   * settled them
   */
  o: Record<string, string>;
  /** floor, epoch ms */
  f: number;
  /** holds */
  h: Record<string, HoldItem>;
  /** dueAt, epoch ms; sort key of the due index. Absent: idle */
  d?: number;
  /** shard of the due index */
  k: number;
  /** change */
  g: ChangeItem;
}

export interface CounterItem {
  /** interval */
  i: string;
  /** limit; absent: unlimited */
  l?: number;
  /** granted, when not 0 */
  g?: number;
  /** carried grants, when there are any: units, until (epoch ms) */
  j?: readonly (readonly [number, number])[];
  /** used, remaining, lifetime total */
  u: number;
  r: number;
  t: number;
  /** held, when not 0 */
  h?: number;
  /** used beyond `MAX_AMOUNT`, and what the lifetime total was when it began again, in decimal digits, when there is any */
  q?: string;
  y?: string;
  /** `false` when the limit does not deny */
  e?: false;
  /** period start and end, epoch ms */
  s: number;
  x: number;
}

interface HoldItem {
  /** amounts */
  n: Record<Feature, number>;
  /** expiresAt, epoch ms */
  x: number;
  /** period ends: feature → interval → epoch ms */
  p: Record<Feature, Record<string, number>>;
}

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

/** The code under which an interval's counter stands in `w` and says its interval. */
export function intervalCode(interval: Interval): string {
  return INTERVAL_CODES[interval];
}

/** The item of an account. @throws Error where the account has no change that made it */
export function toAccountItem(account: Account): AccountItem {
  const { userId, schedule, change } = account;
  if (!change) throw new Error('an account is saved only by a change');
  const c: AccountItem['c'] = {};
  const w: AccountItem['w'] = {};
  for (const [feature, [first, ...further]] of account.counters) {
    if (!first) continue;
    c[feature] = toCounterItem(first);
    if (further.length > 0) {
      w[feature] = Object.fromEntries(
        further.map((counter) => [intervalCode(counter.interval), toCounterItem(counter)]),
      );
    }
  }
  return {
    ...accountKey(userId),
    v: account.version,
    p: account.plan.id,
    pv: account.plan.version,
    s: account.status === 'active' ? 'a' : 's',
    ...untilItem(account),
    ...(schedule.timeZone !== 'UTC' && { z: schedule.timeZone }),
    ...(schedule.anchor !== null && { a: schedule.anchor }),
    b: schedule.billingAnchor,
    ...(schedule.billingMonths !== 1 && { bm: schedule.billingMonths }),
    ...subscriptionItem(account),
    c,
    w,
    o: mapToRecord(account.operations, operationText),
    f: account.floor,
    h: mapToRecord(account.holds, toHoldItem),
    ...(account.dueAt !== null && { d: account.dueAt }),
    k: dueShard(userId),
    g: toChangeItem(change),
  };
}

/** The account of an item. @throws Error where a counter's interval is none that is known */
export function fromAccountItem(item: AccountItem): Account {
  return {
    userId: userIdOf(item.pk),
    version: item.v,
    plan: { id: item.p, version: item.pv },
    status: item.s === 'a' ? 'active' : 'suspended',
    validUntil: item.vu ?? item.u,
    schedule: {
      timeZone: item.z ?? 'UTC',
      anchor: item.a ?? null,
      billingAnchor: item.b,
      billingMonths: item.bm ?? 1,
    },
    subscriptionVersion: item.sv ?? 0,
    isSubscribed: item.sv !== undefined && item.sg !== false,
    usedPayments: item.up ? { periodStart: item.up.s, invoiceIds: item.up.i } : null,
    counters: recordToMap(item.c, (first, feature) => [
      fromCounterItem(first),
      ...Object.values(item.w[feature] ?? {}).map(fromCounterItem),
    ]),
    operations: recordToMap(item.o, (text) => ({
      fingerprint: text.slice(0, 6),
      keyed: ':;'.includes(text.charAt(6)),
      isSettled: ',;'.includes(text.charAt(6)),
      acceptedAtSeconds: Number.parseInt(text.slice(7), 36),
    })),
    floor: item.f,
    holds: recordToMap(item.h, fromHoldItem),
    dueAt: item.d ?? null,
    change: fromChangeItem(item.g),
  };
}

/** The conditional writes compare one instant. */
function untilItem(account: Account): Pick<AccountItem, 'u' | 'vu'> {
  const u = Math.min(account.validUntil, carriedUntil(account));
  return { u, ...(u !== account.validUntil && { vu: account.validUntil }) };
}

function subscriptionItem(account: Account): Pick<AccountItem, 'sv' | 'sg' | 'up'> {
  const { subscriptionVersion: sv, isSubscribed, usedPayments } = account;
  return {
    ...(sv !== 0 && { sv }),
    ...(sv !== 0 && !isSubscribed && { sg: false }),
    ...(usedPayments && { up: { s: usedPayments.periodStart, i: usedPayments.invoiceIds } }),
  };
}

/** How an accepted operation is written: 14 bytes. */
export function operationText(operation: AcceptedOperation): string {
  const { fingerprint, keyed, isSettled, acceptedAtSeconds } = operation;
  const mark = isSettled ? (keyed ? ';' : ',') : keyed ? ':' : '.';
  return `${fingerprint}${mark}${acceptedAtSeconds.toString(36)}`;
}

/** The due index's shard of a user, 0 … shards − 1. */
export function dueShard(userId: string): number {
  return createHash('sha256').update(userId).digest().readUInt32BE(0) % INDEX.due.shards;
}

function toCounterItem(counter: Counter): CounterItem {
  return {
    i: intervalCode(counter.interval),
    ...(counter.limit !== null && { l: counter.limit }),
    ...(counter.granted !== 0 && { g: counter.granted }),
    ...(counter.carried?.length && { j: counter.carried.map(({ units, until }) => [units, until] as const) }),
    u: counter.used,
    r: counter.remaining,
    t: counter.lifetime,
    ...(counter.held !== 0 && { h: counter.held }),
    ...(counter.excess !== undefined && { q: counter.excess }),
    ...(counter.closed !== undefined && { y: counter.closed }),
    ...(!counter.enforced && { e: false as const }),
    s: counter.periodStart,
    x: counter.periodEnd,
  };
}

function fromCounterItem(item: CounterItem): Counter {
  return {
    interval: intervalOf(item.i),
    limit: item.l ?? null,
    granted: item.g ?? 0,
    ...(item.j && { carried: item.j.map(([units, until]) => ({ units, until })) }),
    used: item.u,
    held: item.h ?? 0,
    ...(item.q !== undefined && { excess: item.q }),
    ...(item.y !== undefined && { closed: item.y }),
    remaining: item.r,
    lifetime: item.t,
    enforced: item.e ?? true,
    periodStart: item.s,
    periodEnd: item.x,
  };
}

function toHoldItem(hold: Hold): HoldItem {
  return {
    n: Object.fromEntries(hold.amounts),
    x: hold.expiresAt,
    p: mapToRecord(hold.periodEnds, (ends) =>
      Object.fromEntries([...ends].map(([interval, end]) => [intervalCode(interval), end])),
    ),
  };
}

function fromHoldItem(item: HoldItem): Hold {
  const amounts: Amounts = new Map(Object.entries(item.n));
  const periodEnds = recordToMap(
    item.p,
    (ends) => new Map(Object.entries(ends).map(([code, end]) => [intervalOf(code), end])),
  );
  return { amounts, expiresAt: item.x, periodEnds };
}

function intervalOf(code: string): Interval {
  const interval = INTERVAL_OF_CODE.get(code);
  if (!interval) throw new Error(`an account names an unknown interval: ${code}`);
  return interval;
}

function mapToRecord<V, T>(map: ReadonlyMap<string, V>, encode: (value: V) => T): Record<string, T> {
  return Object.fromEntries([...map].map(([key, value]) => [key, encode(value)]));
}

function recordToMap<T, V>(record: Record<string, T>, decode: (value: T, key: string) => V): Map<string, V> {
  return new Map(Object.entries(record).map(([key, value]) => [key, decode(value, key)]));
}
