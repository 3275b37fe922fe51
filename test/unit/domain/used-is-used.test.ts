import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Account, brokenInvariants, type Change } from '../../../shared/domain/account.ts';
import { advance, isOverdue } from '../../../shared/domain/advance.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { decide } from '../../../shared/domain/decide.ts';
import {
  CONFIRM_GRACE_MS,
  type HeldPeriod,
  holdIn,
  placeHold,
  settleHold,
} from '../../../shared/domain/hold.ts';
import { type LedgerEntry, ledgerEntry } from '../../../shared/domain/ledger.ts';
import { nextVersion } from '../../../shared/domain/next-version.ts';
import { applyPlan, openAccount, type Plan } from '../../../shared/domain/plan.ts';
import { resetUsage } from '../../../shared/domain/reset-and-grant.ts';
import { SAMPLE_NOW, samplePlan, units } from '../../support/sample-account.ts';

const HOUR_MS = 3_600_000;
const PLANS = [
  samplePlan([{ limit: 20 }], 'month'),
  samplePlan([{ limit: 40 }, { limit: 9, interval: 'day' }], 'both'),
  samplePlan([{ limit: 9, interval: '5h' }], 'hours'),
  samplePlan([{ feature: 'upload', limit: 5 }], 'without'),
  samplePlan([{ limit: null }], 'unlimited'),
];

type Action =
  | { readonly verb: 'consume'; readonly amount: number }
  | { readonly verb: 'reserve'; readonly amount: number; readonly ttlMs: number }
  | { readonly verb: 'confirm'; readonly of: number; readonly amount: number }
  | { readonly verb: 'plan'; readonly index: number }
  | { readonly verb: 'reset' };

const amount = fc.integer({ min: 1, max: 12 });
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ verb: fc.constant('consume' as const), amount }),
  fc.record({
    verb: fc.constant('reserve' as const),
    amount,
    ttlMs: fc.integer({ min: 1, max: 26 * HOUR_MS }),
  }),
  fc.record({ verb: fc.constant('confirm' as const), of: fc.nat(5), amount: fc.nat(60) }),
  fc.record({ verb: fc.constant('confirm' as const), of: fc.nat(5), amount: fc.nat(60) }),
  fc.record({ verb: fc.constant('plan' as const), index: fc.nat(PLANS.length - 1) }),
  fc.constant({ verb: 'reset' as const }),
);
const pause = fc.oneof(fc.nat(1_000), fc.nat(3 * HOUR_MS), fc.nat(30 * HOUR_MS));
const actions = fc.array(fc.tuple(pause, action), { minLength: 6, maxLength: 30 });

interface Books {
  readonly account: Account;
  readonly entries: readonly LedgerEntry[];
}

function planOf(idOrIndex: string | number): Plan {
  const plan = PLANS.find(({ id }, index) => id === idOrIndex || index === idOrIndex);
  if (!plan) throw new Error(`there is no plan ${idOrIndex}`);
  return plan;
}

/** Reservations that may be confirmed at `now`, from the ledger: open or expired, not settled. */
function confirmable({ entries }: Books, now: number): LedgerEntry[] {
  const settled = new Set(
    entries.filter(({ kind }) => kind === 'confirm').map((entry) => entry.reservationId),
  );
  return entries.filter(
    ({ reservation, reservationId }) =>
      reservation && !settled.has(reservationId) && now < reservation.expiresAt + CONFIRM_GRACE_MS,
  );
}

/** The change that an action makes to the current account; `undefined` when denied. */
function make(books: Books, action: Action, account: Account, now: number) {
  const id = `hold-${books.entries.length}`;
  switch (action.verb) {
    case 'consume':
    case 'reserve': {
      const amounts = units(action.amount);
      if (decide(account, { amounts }, now).code !== 'allowed') return undefined;
      if (action.verb === 'consume') return { draft: debit(account, amounts), details: { amounts } };
      const draft = placeHold(account, id, amounts, now + action.ttlMs);
      return { draft, details: { amounts, reservationId: id } };
    }
    case 'confirm': {
      const open = confirmable(books, now);
      const entry = open[action.of % Math.max(1, open.length)];
      const { reservation, reservationId } = entry ?? {};
      if (!entry || !reservation || reservationId === undefined) return undefined;
      const hold =
        account.holds.get(reservationId) ?? holdIn(account, { amounts: entry.amounts, ...reservation });
      const amounts = units(action.amount);
      const { account: draft, late, overdrawn } = settleHold(account, reservationId, hold, amounts, now);
      return { draft, details: { amounts, reservationId, late, overdrawn } };
    }
    case 'plan':
      return { draft: applyPlan(account, planOf(action.index), now), details: {} };
    case 'reset':
      return { draft: resetUsage(account).account, details: {} };
  }
}

/**
 * The books after an action at `now`, without an entry if denied. Changes by time are entries of their own.
 */
function book(books: Books, action: Action, now: number): Books {
  const { account } = books;
  const current = isOverdue(account, now)
    ? save(books, 'rollover', { draft: advance(account, planOf(account.plan.id), now), details: {} }, now)
    : books;
  const made = make(current, action, current.account, now);
  return made ? save(current, action.verb, made, now) : current;
}

type Made = NonNullable<ReturnType<typeof make>>;

function save(books: Books, kind: Change['kind'], { draft, details }: Made, now: number): Books {
  const change: Change = {
    ...{ kind, operationId: `operation-${books.entries.length}`, keyed: true },
    ...{ fingerprint: 'print', at: now, amounts: new Map(), ...details },
  };
  const account = { ...nextVersion(draft, change), change };
  const before = books.account.version === 0 ? undefined : books.account;
  expect(brokenInvariants(account)).toEqual([]);
  return { account, entries: [...books.entries, ledgerEntry(before, account, now)] };
}

/** The units a confirmation booked for an interval of its reservation: in the reserved period, and late. */
function bookedIn({ deltas, late = [] }: LedgerEntry, { interval, periodStart }: HeldPeriod): number {
  const own = deltas.filter((delta) => delta.interval === interval && delta.periodStart === periodStart);
  const later = late.filter((use) => use.interval === interval);
  return sum(own.map(({ used }) => used)) + sum(later.map((use) => use.amount));
}

const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
const usedBy = (entries: readonly LedgerEntry[], kinds: readonly string[]) =>
  sum(entries.filter(({ kind }) => kinds.includes(kind)).map(({ amounts }) => amounts.get('aiRequest') ?? 0));

test('the sum of confirmed true amounts equals the sum they used, whatever happened since the reservation', () => {
  const counts = { open: 0, expired: 0, late: 0, overdrawn: 0 };
  fc.assert(
    fc.property(actions, (story) => {
      let now = SAMPLE_NOW;
      let books: Books = { account: openAccount('someone', planOf(0), now), entries: [] };
      for (const [pauseMs, action] of story) {
        now += pauseMs;
        books = book(books, action, now);
      }
      const { account, entries } = books;
      expect(Number(account.counters.get('aiRequest')?.[0]?.lifetime ?? 0)).toBe(
        usedBy(entries, ['consume', 'confirm']),
      );
      for (const entry of entries.filter(({ kind }) => kind === 'confirm')) {
        const made = entries.find((one) => one.reservation && one.reservationId === entry.reservationId);
        const { expiresAt = 0, periods = [] } = made?.reservation ?? {};
        const amount = entry.amounts.get('aiRequest');
        expect(periods.length).toBeGreaterThan(0);
        for (const period of periods) expect(bookedIn(entry, period)).toBe(amount);
        counts[entry.at < expiresAt ? 'open' : 'expired'] += 1;
        if (entry.late?.length) counts.late += 1;
        if (entry.overdrawn?.length) counts.overdrawn += 1;
      }
    }),
    { numRuns: 600 },
  );
  // Mutation testing makes a fraction of the runs.
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
});
