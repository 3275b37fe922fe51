import { describe, expect, it } from 'vitest';
import {
  type Billed,
  firstFailure,
  isSettledBy,
  paymentOfPeriod,
} from '../../../../shared/domain/subscriptions/invoice-standing.ts';
import type { StripeInvoice } from '../../../../shared/domain/subscriptions/stripe-invoice.ts';
import { change, DAY, firstPaid, PERIOD, sampleInvoice } from '../../../support/sample-invoices.ts';

const dayOf = (day: number) => PERIOD.start + day * DAY;
const finalizedOn = (day: number) => dayOf(day) + 60;
const NAMED = ['price_solo', 'price_team', 'price_yearly', 'price_zero'];
const isNamed = (priceId: string) => NAMED.includes(priceId);

/** The failure that follows from these invoices, the oldest first. */
function failureOf(invoices: readonly StripeInvoice[], some: Partial<Billed> = {}) {
  const newestFirst = [...invoices].reverse();
  const billed: Billed = {
    status: 'past_due',
    latestInvoiceId: newestFirst[0]?.id,
    periodStart: PERIOD.start,
    trialEnd: null,
    ...some,
  };
  return firstFailure(billed, newestFirst, isNamed);
}

const ACTIVE = { status: 'active' } as const;
const SOLO = { priceId: 'price_solo', until: PERIOD.end };

describe('the payment of a period', () => {
  const paymentOf = (...invoices: StripeInvoice[]) =>
    paymentOfPeriod({ periodStart: PERIOD.start }, invoices, isNamed)?.id;
  const credit = (amount: number) => ({
    price: 'price_team',
    amount: -amount,
    proration: true,
    period: { start: PERIOD.start, end: PERIOD.start + 9 * DAY },
  });

  it('is the paid invoice whose line begins with it', () => {
    expect(paymentOf(firstPaid())).toBe('in_first');
    expect(paymentOfPeriod({ periodStart: PERIOD.start + 1 }, [firstPaid()], isNamed)).toBeUndefined();
    expect(paymentOf(sampleInvoice({ status: 'open', lines: [{ amount: 2_000 }] }))).toBeUndefined();
  });

  it.each([
    ['half of the price', 1_000, 'in_0'],
    ['a cent less than half', 999, undefined],
    ['two cents', 2, undefined],
    ['nothing', 0, undefined],
  ])('is one that paid %s', (_, paid, id) => {
    expect(paymentOf(sampleInvoice({ paid, lines: [{ amount: 2_000 }] }))).toBe(id);
  });

  it('is for a plan with a price, and covers half of the subscription’s other items, too', () => {
    const other = { price: 'price_other', amount: 5_000 };
    const free = { price: 'price_zero', amount: 0 };
    expect(paymentOf(sampleInvoice({ lines: [free, other] }))).toBeUndefined();
    expect(paymentOf(sampleInvoice({ lines: [other] }))).toBeUndefined();
    expect(paymentOf(sampleInvoice({ lines: [{ amount: 2_000, discount: 2_000 }, other] }))).toBeUndefined();
    expect(paymentOf(sampleInvoice({ paid: 3_499, lines: [{ amount: 2_000 }, other] }))).toBeUndefined();
    expect(paymentOf(sampleInvoice({ paid: 3_500, lines: [{ amount: 2_000 }, other] }))).toBe('in_0');
  });

  it('counts the price after discounts', () => {
    const half = { amount: 2_000, discount: 1_000 };
    expect(paymentOf(sampleInvoice({ paid: 500, lines: [half] }))).toBe('in_0');
    expect(paymentOf(sampleInvoice({ paid: 499, lines: [half] }))).toBeUndefined();
  });

  it('is absent when the period costs nothing, whatever else the invoice bills', () => {
    const free = { amount: 2_000, discount: 2_000 };
    expect(paymentOf(sampleInvoice({ lines: [free] }))).toBeUndefined();
    const cents = { amount: 2, proration: true };
    expect(paymentOf(sampleInvoice({ paid: 2, lines: [free, cents] }))).toBeUndefined();
  });

  it('counts money alone: the price minus credit of the former price', () => {
    const lines = [credit(1_500), { amount: 2_000 }];
    expect(paymentOf(sampleInvoice({ lines }))).toBeUndefined();
    expect(paymentOf(sampleInvoice({ lines: [credit(1_000), { amount: 2_000 }] }))).toBe('in_0');
  });

  it('may be made out of band', () => {
    const outOfBand = (creditNotes: number) =>
      sampleInvoice({ isOutOfBand: true, creditNotes, lines: [{ amount: 2_000 }] });
    expect(paymentOf(outOfBand(0))).toBe('in_0');
    expect(paymentOf(outOfBand(2_000))).toBeUndefined();
  });

  it('is not a change within the period, at any price', () => {
    expect(paymentOf(change({ day: 0 }, 0, 9_000))).toBeUndefined();
  });
});

describe('a failed payment', () => {
  it('is an open renewal that was charged: the paid plan lasts until its paid end', () => {
    const renewal = sampleInvoice({
      day: 28,
      status: 'open',
      lines: [{ amount: 2_000, period: { start: PERIOD.end, end: PERIOD.end + 31 * DAY } }],
    });
    expect(failureOf([firstPaid(), renewal])).toEqual({
      invoiceId: 'in_28',
      since: finalizedOn(28),
      paid: SOLO,
    });
  });

  it('is an unpaid upgrade: the plan before it counts', () => {
    const upgrade = change({ day: 10, status: 'open' }, 1_000, 9_000);
    expect(failureOf([firstPaid(), upgrade])).toEqual({
      invoiceId: 'in_10',
      since: finalizedOn(10),
      paid: SOLO,
    });
  });

  it('remains one when credit of a change back makes the subscription active', () => {
    const upgrade = change({ day: 10, status: 'open' }, 1_000, 9_000);
    const back = change({ day: 11 }, 9_000, 1_000);
    expect(failureOf([firstPaid(), upgrade, back], ACTIVE)).toMatchObject({ invoiceId: 'in_10', paid: SOLO });
  });

  it('remains one when a small further change is paid: the difference since the last payment counts', () => {
    const upgrade = change({ day: 10, status: 'open' }, 1_000, 9_000);
    expect(failureOf([firstPaid(), upgrade, change({ day: 11 }, 9_000, 9_002)], ACTIVE)).toMatchObject({
      invoiceId: 'in_10',
    });
    const enough = change({ day: 11 }, 9_000, 17_000);
    expect(failureOf([firstPaid(), upgrade, enough], ACTIVE)).toBeUndefined();
  });

  it('is resolved by the payment of a whole period', () => {
    const upgrade = change({ day: 10, status: 'open' }, 1_000, 9_000);
    const next = { start: PERIOD.end, end: PERIOD.end + 31 * DAY };
    const renewal = (paid: number) =>
      sampleInvoice({ day: 28, paid, lines: [{ price: 'price_team', amount: 18_000, period: next }] });
    expect(failureOf([firstPaid(), upgrade, renewal(18_000)], ACTIVE)).toBeUndefined();
    expect(failureOf([firstPaid(), upgrade, renewal(0)], ACTIVE)).toMatchObject({ invoiceId: 'in_10' });
  });

  it('is the first of several, so that another failure starts no new grace period', () => {
    const open = (day: number) => sampleInvoice({ day, status: 'open', lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), open(5), open(6), open(7)])).toMatchObject({ since: finalizedOn(5) });
  });

  it('ends when it is paid or voided', () => {
    const renewal = (status: 'paid' | 'void') =>
      sampleInvoice({ day: 5, status, lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), renewal('paid')], ACTIVE)).toBeUndefined();
    expect(failureOf([firstPaid(), renewal('void')], ACTIVE)).toBeUndefined();
  });

  it('is absent while the latest invoice of an active subscription is in payment, or a draft', () => {
    const latest = (status: 'open' | 'draft') =>
      sampleInvoice({ day: 5, status, lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), latest('open')], ACTIVE)).toBeUndefined();
    expect(failureOf([firstPaid(), latest('draft')], ACTIVE)).toBeUndefined();
  });

  it.each(['trialing', 'unpaid', 'incomplete', 'canceled', 'paused'])('is never one of %s', (status) => {
    const upgrade = change({ day: 10, status: 'open' }, 1_000, 9_000);
    expect(failureOf([firstPaid(), upgrade], { status })).toBeUndefined();
  });

  it('counts from the due date of a sent invoice, also before that', () => {
    const sent = sampleInvoice({ day: 5, dueDay: 20, status: 'open', lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), sent], ACTIVE)).toMatchObject({ since: dayOf(20), paid: SOLO });
  });

  it('is the latest invoice when nothing else explains the past-due status', () => {
    const paidMeanwhile = sampleInvoice({ day: 5, lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), paidMeanwhile])).toMatchObject({ invoiceId: 'in_5', paid: SOLO });
    expect(failureOf([])).toEqual({ invoiceId: undefined, since: PERIOD.start, paid: undefined });
  });

  it('is an uncollectible one, while the subscription is past due', () => {
    const givenUp = sampleInvoice({ day: 5, status: 'uncollectible', lines: [{ amount: 2_000 }] });
    expect(failureOf([firstPaid(), givenUp])).toMatchObject({ invoiceId: 'in_5' });
    expect(failureOf([firstPaid(), givenUp], ACTIVE)).toBeUndefined();
  });
});

describe('the plan paid for before a failure', () => {
  const failed = sampleInvoice({ day: 20, status: 'open', lines: [{ price: 'price_team', amount: 9_000 }] });
  const paidBefore = (...invoices: StripeInvoice[]) => failureOf([...invoices, failed])?.paid;

  it('is none without a payment, and with a trial alone', () => {
    expect(paidBefore()).toBeUndefined();
    const trial = { start: PERIOD.start - 14 * DAY, end: PERIOD.start };
    const first = sampleInvoice({ lines: [{ amount: 0, unitAmount: 0, period: trial }] });
    expect(failureOf([first, failed], { trialEnd: PERIOD.start })?.paid).toBeUndefined();
    const another = sampleInvoice({ lines: [{ amount: 0, unitAmount: 2_000, period: trial }] });
    expect(paidBefore(another)).toBeUndefined();
  });

  it('is also one that a discount, credit or balance made free', () => {
    expect(paidBefore(sampleInvoice({ lines: [{ amount: 2_000, discount: 2_000 }] }))).toEqual(SOLO);
    expect(paidBefore(sampleInvoice({ paid: 0, lines: [{ amount: 2_000 }] }))).toEqual(SOLO);
    const zero = sampleInvoice({ lines: [{ price: 'price_zero', amount: 0 }] });
    expect(paidBefore(zero)).toEqual({ priceId: 'price_zero', until: PERIOD.end });
  });

  it('is the newer price of a change, not the removed one', () => {
    expect(paidBefore(firstPaid(), change({ day: 3 }, 1_000, 9_000))?.priceId).toBe('price_team');
  });

  it('is the next period’s when a renewal bills changes, too', () => {
    const period = { start: PERIOD.start - DAY, end: PERIOD.start };
    const renewal = sampleInvoice({
      lines: [
        { price: 'price_solo', amount: 900, proration: true, period },
        { price: 'price_team', amount: 9_000 },
      ],
    });
    expect(paidBefore(renewal)).toEqual({ priceId: 'price_team', until: PERIOD.end });
  });

  it('is none for an unknown price, and none if the last paid change removed it', () => {
    const other = sampleInvoice({ day: 3, lines: [{ price: 'price_add_on', amount: 500 }] });
    expect(paidBefore(firstPaid(), other)).toEqual(SOLO);
    const taken = sampleInvoice({
      day: 3,
      lines: [{ amount: -1_500, proration: true, period: { start: dayOf(3), end: PERIOD.end } }],
    });
    expect(paidBefore(firstPaid(), taken)).toEqual({ priceId: undefined, until: dayOf(3) });
  });
});

describe('older invoices', () => {
  const items = { data: [{ current_period_start: PERIOD.start }] };
  it('are ignored once a whole period was paid with money, the current one or one before', () => {
    expect(isSettledBy({ items }, [firstPaid()])).toBe(true);
    expect(isSettledBy({ items }, [change({ day: 1 }, 0, 500)])).toBe(false);
    expect(isSettledBy({ items }, [sampleInvoice({ paid: 0, lines: [{ amount: 2_000 }] })])).toBe(false);
    const later = { data: [{ current_period_start: PERIOD.start - 1 }] };
    expect(isSettledBy({ items: later }, [firstPaid()])).toBe(false);
  });
});
