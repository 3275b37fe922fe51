import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import type { ChangeItem } from './change-codec.ts';
import type { ItemLayout } from './unreadable-layout.ts';

/**
 * Attributes of the account item. The names are short so that an account with 4 features and 16 operations
 * stays below 1 KB and a consume costs one write unit. Only the codecs spell them; every expression is built
 * from these constants.
 */
export const ACCOUNT = {
  version: 'v',
  planId: 'p',
  planVersion: 'pv',
  /** One of `STATUS_CODES`. */
  status: 's',
  /**
   * When the account must be looked at again (epoch ms): `validUntil`, or the end of a carried grant if that
   * is earlier.
   */
  usableUntil: 'u',
  /** Epoch ms; absent when equal to `usableUntil`. */
  validUntil: 'vu',
  /** Absent: UTC. */
  timeZone: 'z',
  /** Calendar anchor (epoch ms); absent: none. */
  anchor: 'a',
  /** Epoch ms. */
  billingAnchor: 'b',
  /** Months in a billing cycle; absent: 1. */
  billingMonths: 'bm',
  /** Version of the subscription that the account follows; absent: none. */
  subscriptionVersion: 'sv',
  /** `false` when that subscription granted nothing; absent: it grants. */
  isSubscribed: 'sg',
  /** Invoices already used, with the start of the period that they opened. */
  usedPayments: 'up',
  /** The first counter of each feature. */
  counters: 'c',
  /** Further counters of features with several intervals: feature → interval code → counter. */
  furtherCounters: 'w',
  /**
   * Accepted operations: key → `<fingerprint><mark><seconds in base 36>`. The mark is `:` for a caller's own
   * key and `.` for a minted id; `;` and `,` once a pruning has settled them.
   */
  operations: 'o',
  /** Epoch ms. */
  floor: 'f',
  holds: 'h',
  /** Epoch ms; absent: idle. */
  dueAt: INDEX.due.sortKey,
  dueShard: INDEX.due.partitionKey,
  /** The change that made this version. */
  change: 'g',
} as const;

/** Attributes of `usedPayments`. */
export const PAYMENTS = {
  /** Epoch ms. */
  periodStart: 's',
  invoiceIds: 'i',
  /** The account's version before the last opening, if known. */
  openedAfter: 'v',
} as const;

/** Attributes of a counter. */
export const COUNTER = {
  /** Interval code. */
  interval: 'i',
  /** Absent: unlimited. */
  limit: 'l',
  /** Absent: 0. */
  granted: 'g',
  /** Carried grants as pairs of units and expiry (epoch ms); absent: none. */
  carried: 'j',
  used: 'u',
  remaining: 'r',
  lifetime: 't',
  /** Absent: 0. */
  held: 'h',
  /** Used beyond `MAX_AMOUNT`, in decimal digits; absent: none. */
  excess: 'q',
  /** The lifetime total when it last restarted from 0, in decimal digits; absent: it never did. */
  closed: 'y',
  /** `false` when the limit does not deny; absent: it denies. */
  enforced: 'e',
  /** Epoch ms. */
  periodStart: 's',
  periodEnd: 'x',
} as const;

/** Attributes of a hold. */
export const HOLD = {
  amounts: 'n',
  /** Epoch ms. */
  expiresAt: 'x',
  /** Feature → interval code → epoch ms. */
  periodEnds: 'p',
} as const;

export const STATUS_CODES = { active: 'a', suspended: 's' } as const;

export interface AccountItem extends ItemLayout {
  pk: string;
  sk: string;
  [ACCOUNT.version]: number;
  [ACCOUNT.planId]: string;
  [ACCOUNT.planVersion]: number;
  [ACCOUNT.status]: (typeof STATUS_CODES)[keyof typeof STATUS_CODES];
  [ACCOUNT.usableUntil]: number;
  [ACCOUNT.validUntil]?: number;
  [ACCOUNT.timeZone]?: string;
  [ACCOUNT.anchor]?: number;
  [ACCOUNT.billingAnchor]: number;
  [ACCOUNT.billingMonths]?: number;
  [ACCOUNT.subscriptionVersion]?: number;
  [ACCOUNT.isSubscribed]?: false;
  [ACCOUNT.usedPayments]?: PaymentsItem;
  [ACCOUNT.counters]: Record<Feature, CounterItem>;
  [ACCOUNT.furtherCounters]: Record<Feature, Record<string, CounterItem>>;
  [ACCOUNT.operations]: Record<string, string>;
  [ACCOUNT.floor]: number;
  [ACCOUNT.holds]: Record<string, HoldItem>;
  [ACCOUNT.dueAt]?: number;
  [ACCOUNT.dueShard]: number;
  [ACCOUNT.change]: ChangeItem;
}

export interface PaymentsItem {
  [PAYMENTS.periodStart]: number;
  [PAYMENTS.invoiceIds]: readonly string[];
  [PAYMENTS.openedAfter]?: number;
}

export interface CounterItem {
  [COUNTER.interval]: string;
  [COUNTER.limit]?: number;
  [COUNTER.granted]?: number;
  [COUNTER.carried]?: readonly (readonly [units: number, until: number])[];
  [COUNTER.used]: number;
  [COUNTER.remaining]: number;
  [COUNTER.lifetime]: number;
  [COUNTER.held]?: number;
  [COUNTER.excess]?: string;
  [COUNTER.closed]?: string;
  [COUNTER.enforced]?: false;
  [COUNTER.periodStart]: number;
  [COUNTER.periodEnd]: number;
}

export interface HoldItem {
  [HOLD.amounts]: Record<Feature, number>;
  [HOLD.expiresAt]: number;
  [HOLD.periodEnds]: Record<Feature, Record<string, number>>;
}
