/** The name of a counted resource, in the form of `FEATURE_PATTERN`. */
export type Feature = string;
export const FEATURE_PATTERN = /^[a-z][A-Za-z0-9]{0,39}$/;

/** Largest amount, limit and figure of a counter: the largest integer that every JSON reader keeps exact. */
export const MAX_AMOUNT = Number.MAX_SAFE_INTEGER;

/** 9999-12-31T23:59:59.999Z in epoch milliseconds: the end of a period that never ends. */
export const FAR_FUTURE = 253_402_300_799_999;

/** Formats an instant for the API; `null` for `FAR_FUTURE`. */
export function isoInstant(epochMs: number): string | null {
  return epochMs >= FAR_FUTURE ? null : new Date(epochMs).toISOString();
}

export const INTERVALS = ['5h', 'day', 'week', 'month', 'billing_cycle', 'never'] as const;
/** How long a counter's period lasts; `never` makes it a gauge, which goes down only by release. */
export type Interval = (typeof INTERVALS)[number];

/** Whole units per feature, 1 … `MAX_AMOUNT` each. A Map, since `constructor` is a legal feature name. */
export type Amounts = ReadonlyMap<Feature, number>;

/**
 * An account's state for one feature and interval. Invariant: `remaining = max(limit − used − held,
 * -MAX_AMOUNT)`, with 0 for the limit of an unlimited counter. Instants are epoch milliseconds; the end is
 * exclusive.
 */
export interface Counter {
  readonly interval: Interval;
  /** Units that this period allows, grants included; `null`: unlimited. */
  readonly limit: number | null;
  /** The part of `limit` that was granted for this period alone. */
  readonly granted: number;
  /** Parts of `granted` from earlier periods that were cut short; usually absent. */
  readonly carried?: readonly CarriedGrant[];
  /** Units used in this period, at most `MAX_AMOUNT`: then `excess` has the rest. */
  readonly used: number;
  /** Units used beyond `MAX_AMOUNT`, in decimal digits, since JSON has no larger integers; absent: none. */
  readonly excess?: string;
  readonly held: number;
  readonly remaining: number;
  /** Units counted over all periods, without those in `closed`; at least `used`. */
  readonly lifetime: number;
  /** Units counted before `lifetime` last began again, in decimal digits; absent: none. */
  readonly closed?: string;
  /** Whether the limit denies. An unlimited or soft counter has `false`. */
  readonly enforced: boolean;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/** Part of `Counter.granted`: granted in a period that was cut short. It is spent before later grants. */
export interface CarriedGrant {
  readonly units: number;
  /** When its unspent units expire: at the end that its own period had (epoch ms). */
  readonly until: number;
}

/** Units set aside until confirmed, released or expired. They settle in the periods they were taken from. */
export interface Hold {
  readonly amounts: Amounts;
  readonly expiresAt: number;
  /** End of each counter's period when the hold was made: feature → interval → epoch ms. */
  readonly periodEnds: ReadonlyMap<Feature, ReadonlyMap<Interval, number>>;
}

/** An operation that the account still remembers, so that a retry is not charged again. */
export interface AcceptedOperation {
  readonly fingerprint: string;
  /**
   * Whether the caller chose the id; such an operation is forgotten only after a pruning has seen its record.
   */
  readonly keyed: boolean;
  /** Whether a pruning has seen it, and the record of a caller's key: the next pruning forgets it. */
  readonly isSettled: boolean;
  readonly acceptedAtSeconds: number;
}

export type ChangeKind =
  | 'consume'
  | 'release'
  | 'reserve'
  | 'confirm'
  | 'cancel'
  | 'rollover'
  | 'plan'
  | 'reset'
  | 'grant';

/** Units confirmed after their period had closed: they belong to the closed period's usage. */
export interface LateUse {
  readonly feature: Feature;
  readonly interval: Interval;
  readonly periodEnd: number;
  readonly amount: number;
}

/** Units of a confirmation beyond a counter's limit: they were neither reserved nor remaining. */
export interface Overdraft {
  readonly feature: Feature;
  readonly interval: Interval;
  readonly amount: number;
}

/** The operation that made an account's newest version. The projector turns it into the ledger entry. */
export interface Change {
  readonly kind: ChangeKind;
  readonly operationId: string;
  /** Whether the caller chose the operation id; such an operation gets a record of its own. */
  readonly keyed: boolean;
  readonly fingerprint: string;
  /** Epoch ms; never earlier than the previous change, however far the writers' clocks differ. */
  readonly at: number;
  readonly amounts: Amounts;
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  readonly reason?: string;
  readonly reservationId?: string;
  readonly late?: readonly LateUse[];
  /** By how much a confirmation exceeded limits; absent where it exceeded none. */
  readonly overdrawn?: readonly Overdraft[];
}

/** How an account's periods align with the calendar. */
export interface Schedule {
  /** IANA time zone in which days, weeks and months begin. */
  readonly timeZone: string;
  /** Instant from which days, weeks, months and 5-hour windows are counted; `null`: the calendar's own. */
  readonly anchor: number | null;
  /** Start of the first billing cycle: the subscription's, or the account's first day. */
  readonly billingAnchor: number;
  /** Months in a billing cycle: 1, or what the subscription is billed by. */
  readonly billingMonths: number;
}

/** Paid invoices that have opened the billing period starting at `periodStart` (epoch ms). */
export interface UsedPayments {
  readonly periodStart: number;
  readonly invoiceIds: readonly string[];
  /**
   * The account's version before the last of them opened it; absent in accounts saved before this was kept.
   */
  readonly openedAfter?: number;
}

/** One user's balances: one DynamoDB item. */
export interface Account {
  readonly userId: string;
  /** +1 with every change; 0 before the first save. */
  readonly version: number;
  readonly plan: { readonly id: string; readonly version: number };
  readonly status: 'active' | 'suspended';
  /** Until when this plan applies without reading the subscription again (epoch ms). */
  readonly validUntil: number;
  readonly schedule: Schedule;
  /** The version of the subscription that was last applied to this account; 0: none. */
  readonly subscriptionVersion: number;
  /** Whether that version granted its plan when it was applied, and the plan has not ended since. */
  readonly isSubscribed: boolean;
  /** Payments that have opened their billing period; each does so once. `null`: none is remembered. */
  readonly usedPayments: UsedPayments | null;
  /** Per feature its counters, one per interval; never an empty list. */
  readonly counters: ReadonlyMap<Feature, readonly Counter[]>;
  readonly operations: ReadonlyMap<string, AcceptedOperation>;
  /** Operations before this instant may be forgotten; a write with older knowledge is rejected (epoch ms). */
  readonly floor: number;
  readonly holds: ReadonlyMap<string, Hold>;
  /** Earliest instant at which time alone changes the account (epoch ms); `null` when idle. */
  readonly dueAt: number | null;
  readonly change: Change | null;
}

/** Lists the account's features in a stable order: a stored map has none. */
export function featuresByName(account: Account): Feature[] {
  return [...account.counters.keys()].sort();
}

/** Returns `counter` with some figures changed and `remaining` recomputed. */
export function recount(
  counter: Counter,
  figures: Partial<Pick<Counter, 'limit' | 'granted' | 'used' | 'held' | 'lifetime' | 'enforced'>>,
): Counter {
  const next = { ...counter, ...figures };
  return { ...next, remaining: remainingOf(next) };
}

function remainingOf({ limit, used, held }: Counter): number {
  return Math.max((limit ?? 0) - used - held, -MAX_AMOUNT);
}

/** Returns `account` with every counter of the named features mapped by `change`. */
export function mapCounters(
  account: Account,
  features: Iterable<Feature>,
  change: (counter: Counter, feature: Feature) => Counter,
): Account {
  const counters = new Map(account.counters);
  for (const feature of features) {
    const list = counters.get(feature);
    if (list) {
      counters.set(
        feature,
        list.map((counter) => change(counter, feature)),
      );
    }
  }
  return { ...account, counters };
}

/**
 * Returns the earliest instant at which time alone changes the account (epoch ms): the end of a used
 * counter's period, a hold's expiry, the end of a carried grant, or the end of the plan's validity. `null` if
 * there is none: the account is idle or only uses gauges.
 */
export function earliestDue(account: Pick<Account, 'counters' | 'holds' | 'validUntil'>): number | null {
  const moments: number[] = [];
  for (const list of account.counters.values()) {
    for (const counter of list) {
      const isTaken = counter.used !== 0 || counter.held !== 0;
      if (isTaken && counter.periodEnd < FAR_FUTURE) moments.push(counter.periodEnd);
    }
  }
  for (const hold of account.holds.values()) moments.push(hold.expiresAt);
  const soonest = Math.min(account.validUntil, carriedUntil(account));
  if (soonest < FAR_FUTURE) moments.push(soonest);
  return moments.length === 0 ? null : moments.reduce((a, b) => Math.min(a, b));
}

/**
 * Returns when the first carried grant ends before its counter's period does (epoch ms); `FAR_FUTURE` if none
 * does. The account is due then, whichever feature is requested: the conditional write compares one instant
 * for all features.
 */
export function carriedUntil({ counters }: Pick<Account, 'counters'>): number {
  let first = FAR_FUTURE;
  for (const list of counters.values()) {
    for (const { carried = [], periodEnd } of list) {
      for (const { until } of carried) if (until < periodEnd) first = Math.min(first, until);
    }
  }
  return first;
}

/** Returns one message for each invariant that the account violates; empty when it is consistent. */
export function brokenInvariants(account: Account): string[] {
  const broken: string[] = [];
  for (const [feature, list] of account.counters) {
    for (const counter of list) {
      const name = `${feature}/${counter.interval}`;
      if (counter.remaining !== remainingOf(counter)) {
        broken.push(`${name}: remaining ${counter.remaining} is not limit − used − held`);
      }
      if (counter.used < 0 || counter.held < 0 || counter.lifetime < counter.used) {
        broken.push(`${name}: used, held or lifetime out of range`);
      }
      const carried = (counter.carried ?? []).reduce((sum, { units }) => sum + units, 0);
      if (carried > counter.granted) broken.push(`${name}: more carried than granted`);
      if (counter.periodEnd <= counter.periodStart) broken.push(`${name}: its period ends before it starts`);
      if (counter.held !== heldFor(account, feature, counter)) {
        broken.push(`${name}: held is not the sum of its holds`);
      }
    }
  }
  return broken;
}

/** Units of open holds that were taken from this counter's current period. */
function heldFor(account: Account, feature: Feature, counter: Counter): number {
  let sum = 0;
  for (const hold of account.holds.values()) {
    if (hold.periodEnds.get(feature)?.get(counter.interval) === counter.periodEnd) {
      sum += hold.amounts.get(feature) ?? 0;
    }
  }
  return sum;
}
