import type { Account, Change, Counter, Feature } from '../../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../../shared/domain/dedupe-window.ts';
import type { StripeInvoice } from '../../../../shared/domain/subscriptions/stripe-invoice.ts';
import { pricePaidFor } from './paid-for.ts';

/** The books of one user's feature: its billing cycles. */
interface Books {
  /** Invoices that opened a period. */
  readonly spent: Set<string>;
  /** Units of the closed periods: the allowed maximum, and the usage. */
  allowed: number;
  used: number;
  /** The highest allowance of the open period. */
  highest: number;
}

type Cycle = Counter & { readonly interval: 'billing_cycle' };

/**
 * Compares billing cycles with Stripe's payments: a period opens because the old one ended, or because an
 * invoice was paid for it with money, which opens one period. So a user cannot use more than time gave and
 * money bought.
 */
export class MoneyOracle {
  readonly #report: (text: string) => void;
  readonly #invoicesOf: (userId: string) => readonly StripeInvoice[];
  readonly #books = new Map<string, Books>();

  /**
   * @param report receives a fault
   * @param invoicesOf all invoices of a user's subscriptions, as they are at Stripe now
   */
  constructor(report: (text: string) => void, invoicesOf: (userId: string) => readonly StripeInvoice[]) {
    this.#report = report;
    this.#invoicesOf = invoicesOf;
  }

  onAccount(before: Account | undefined, after: Account): void {
    const { change } = after;
    if (!change || before?.version === after.version) return;
    for (const feature of after.counters.keys()) {
      const counter = cycleOf(after, feature);
      if (counter) this.#onCycle(before, feature, { ...after, change }, counter);
    }
  }

  #onCycle(
    before: Account | undefined,
    feature: Feature,
    after: Account & { readonly change: Change },
    counter: Cycle,
  ): void {
    const { userId, change } = after;
    const old = cycleOf(before, feature);
    const name = `${userId}: ${feature}`;
    const books = this.#booksOf(name);
    const isAnew = !old || counter.periodStart !== old.periodStart;
    // A second payment within one second opens a period that starts with the one before.
    const isMore = old !== undefined && (counter.used < old.used || counter.periodEnd > old.periodEnd);
    const isReopened = !isAnew && change.kind === 'plan' && isMore;
    const isUnused =
      old?.used === 0 && ![...after.holds.values()].some(({ amounts }) => amounts.has(feature));
    // A plan may drop an unused counter, and another one restore it.
    if (old && (isAnew || isReopened) && !isUnused) {
      this.#verifyOpening(name, userId, books, old, counter, change);
      books.used += old.used + old.held;
      books.allowed += books.highest;
      books.highest = 0;
    } else if (old && !isAnew && !isReopened && counter.periodEnd > old.periodEnd) {
      this.#report(`${name}: the end of its period moved later`);
    }
    books.highest = Math.max(books.highest, allowanceOf(counter));
    books.allowed += givenBack(change, feature, before);
    const used = books.used + counter.used + counter.held;
    if (used > books.allowed + books.highest)
      this.#report(`${name}: ${used} used of ${books.allowed + books.highest} allowed by time and money`);
  }

  #verifyOpening(
    name: string,
    userId: string,
    { spent }: Books,
    old: Cycle,
    counter: Cycle,
    change: Change,
  ): void {
    if (old.periodEnd <= change.at + DEDUPE_WINDOW.clockSkewMs) return;
    const payment = this.#invoicesOf(userId).find((invoice) => {
      const price = pricePaidFor(invoice) ?? 0;
      const begins = invoice.lines.data.some(({ period }) => period.start * 1_000 === counter.periodStart);
      return begins && !spent.has(invoice.id) && price > 0 && invoice.amount_paid * 2 >= price;
    });
    if (payment) spent.add(payment.id);
    else this.#report(`${name}: reopened, and its time was not over, nor was it paid`);
  }

  #booksOf(name: string): Books {
    const books = this.#books.get(name) ?? { spent: new Set(), allowed: 0, used: 0, highest: 0 };
    this.#books.set(name, books);
    return books;
  }
}

function cycleOf(account: Account | undefined, feature: Feature): Cycle | undefined {
  return account?.counters
    .get(feature)
    ?.find((counter): counter is Cycle => counter.interval === 'billing_cycle');
}

/** An unenforced counter allows everything. */
function allowanceOf({ limit, granted, enforced }: Counter): number {
  return limit === null || !enforced ? Number.POSITIVE_INFINITY : limit - granted;
}

/** Units beyond the allowances: a grant, a reset's returned units, and a confirm's excess over its hold. */
function givenBack(change: Change, feature: Feature, before: Account | undefined): number {
  const amount = change.amounts.get(feature) ?? 0;
  const held = before?.holds.get(change.reservationId ?? '')?.amounts.get(feature) ?? 0;
  if (change.kind === 'grant') return amount;
  if (change.kind === 'confirm') return Math.max(0, amount - held);
  return change.kind === 'reset' ? (cycleOf(before, feature)?.used ?? 0) : 0;
}
