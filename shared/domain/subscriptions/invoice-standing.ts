import {
  demandedAt,
  isPeriodLine,
  isProration,
  isTrialLine,
  moneyPaid,
  priceAfterDiscounts,
  priceIdOf,
  type StripeInvoice,
  type StripeInvoiceLine,
} from './stripe-invoice.ts';
import { statusRule } from './stripe-status.ts';

/** The part of a subscription that its invoices are evaluated with. Times are epoch seconds. */
export interface Billed {
  readonly status: string;
  readonly latestInvoiceId: string | undefined;
  readonly periodStart: number;
  readonly trialEnd: number | null;
}

/** The plan bought by the newest invoice paid before a failure. */
export interface PaidFor {
  /** `undefined`: the invoice only removed the plan. */
  readonly priceId: string | undefined;
  readonly until: number;
}

/** The first failed payment that no later payment has covered. */
export interface Failure {
  readonly invoiceId: string | undefined;
  /** Epoch seconds; the due date of a sent invoice may be in the future. */
  readonly since: number;
  /** `undefined`: nothing was paid before. */
  readonly paid: PaidFor | undefined;
}

/** Minimum share of the price that a payment has to cover: less is a proration, or a remainder of credit. */
const LEAST_SHARE = 1 / 2;

/**
 * Finds the invoice that began the current period and was paid with money: above 0, and at least half of the
 * period's price after discounts. Customer balance and proration credit are no money, and money for another
 * item of the subscription does not pay for a free plan.
 *
 * @param namesPlan whether a plan has the price
 */
export function paymentOfPeriod(
  { periodStart }: Pick<Billed, 'periodStart'>,
  newestFirst: readonly StripeInvoice[],
  namesPlan: (priceId: string) => boolean,
): StripeInvoice | undefined {
  return newestFirst.find((invoice) => {
    const lines = invoice.lines.data.filter(isPeriodLine);
    const own = lines.filter((line) => namesPlan(priceIdOf(line) ?? ''));
    const isOfPeriod = own.some(({ period }) => period.start === periodStart);
    return isOfPeriod && priceOf(own) > 0 && isPaid(invoice, priceOf(lines));
  });
}

/**
 * Finds the first failure that no newer payment has covered, of a subscription that is active or past due;
 * `undefined` if nothing is unpaid. It depends on the invoices alone, so every convergence finds the same
 * failure, however late.
 *
 * A newer payment covers earlier failures if it paid for a whole period, or for a change within one: then at
 * least half of the price difference since the last payment, including unpaid changes in between.
 *
 * @param namesPlan whether a plan has the price; other prices decide nothing
 */
export function firstFailure(
  billed: Billed,
  newestFirst: readonly StripeInvoice[],
  namesPlan: (priceId: string) => boolean,
): Failure | undefined {
  if (!statusRule(billed.status).isBilled) return undefined;
  const failed = openFailures(billed, newestFirst);
  const first = failed.reduce<StripeInvoice | undefined>(
    (best, invoice) => (best && demandedAt(best) <= demandedAt(invoice) ? best : invoice),
    undefined,
  );
  if (!first) return billed.status === 'past_due' ? unexplained(billed, newestFirst, namesPlan) : undefined;
  return failureOf(first, billed, newestFirst, namesPlan);
}

function failureOf(
  first: StripeInvoice,
  { trialEnd }: Billed,
  newestFirst: readonly StripeInvoice[],
  namesPlan: (priceId: string) => boolean,
): Failure {
  const before = newestFirst.slice(newestFirst.indexOf(first) + 1);
  const paid = before
    .filter(({ status }) => status === 'paid')
    .map((invoice) => boughtBy(invoice, trialEnd, namesPlan))
    .find((bought) => bought !== undefined);
  return { invoiceId: first.id, since: demandedAt(first), paid };
}

/**
 * The failure of a past due subscription without a failed invoice: the latest was paid or billed again since
 * the subscription was read. Its event will follow; until then the latest invoice counts as failed.
 */
function unexplained(
  billed: Billed,
  newestFirst: readonly StripeInvoice[],
  namesPlan: (priceId: string) => boolean,
): Failure {
  const latest = newestFirst.find(({ id }) => id === billed.latestInvoiceId);
  if (latest) return failureOf(latest, billed, newestFirst, namesPlan);
  return { invoiceId: billed.latestInvoiceId, since: billed.periodStart, paid: undefined };
}

/**
 * Whether older invoices are irrelevant: one of these paid for a whole period with money, the current one or
 * an earlier one.
 *
 * @param newestFirst the newest invoices of the subscription, without a gap
 */
export function isSettledBy(
  { items }: { readonly items: { readonly data: readonly { readonly current_period_start: number }[] } },
  newestFirst: readonly StripeInvoice[],
): boolean {
  const periodStart = Math.min(...items.data.map(({ current_period_start }) => current_period_start));
  return newestFirst.some((invoice) => {
    const lines = invoice.lines.data.filter(isPeriodLine);
    const isBefore = lines.length > 0 && lines.every(({ period }) => period.start <= periodStart);
    return isBefore && isPaid(invoice, priceOf(lines));
  });
}

/** Open failures, the oldest first. */
function openFailures(billed: Billed, newestFirst: readonly StripeInvoice[]): StripeInvoice[] {
  let open: StripeInvoice[] = [];
  for (const invoice of [...newestFirst].reverse()) {
    if (makesGood(invoice, open)) open = [];
    else if (hasFailed(invoice, billed)) open.push(invoice);
  }
  return open;
}

/**
 * Whether an invoice has failed, or will be overdue, and is still open. The latest invoice of an active
 * subscription has not failed: its payment is being processed. An uncollectible invoice counts while the
 * subscription is past due.
 */
function hasFailed(invoice: StripeInvoice, { status, latestInvoiceId }: Billed): boolean {
  if (invoice.status === 'uncollectible') return status === 'past_due';
  if (invoice.status !== 'open') return false;
  if (invoice.due_date !== null) return true;
  const isLatest = invoice.id === latestInvoiceId;
  return status === 'past_due' && isLatest ? true : invoice.attempt_count > 0 && !isLatest;
}

function makesGood(invoice: StripeInvoice, unpaid: readonly StripeInvoice[]): boolean {
  const lines = invoice.lines.data.filter(isPeriodLine);
  if (lines.length > 0) return isPaid(invoice, priceOf(lines));
  const owed = unpaid.reduce((sum, { amount_remaining }) => sum + amount_remaining, 0);
  return isPaid(invoice, Math.max(0, invoice.total) + owed);
}

/** Money does not pay for free lines: it paid for another line of the invoice. */
function isPaid(invoice: StripeInvoice, price: number): boolean {
  const money = moneyPaid(invoice);
  return invoice.status === 'paid' && money > 0 && price > 0 && money >= price * LEAST_SHARE;
}

function priceOf(lines: readonly StripeInvoiceLine[]): number {
  return lines.reduce((sum, line) => sum + priceAfterDiscounts(line), 0);
}

/** The plan that a paid invoice bought, also if a discount or balance paid it; a trial buys nothing. */
function boughtBy(
  { lines }: StripeInvoice,
  trialEnd: number | null,
  namesPlan: (priceId: string) => boolean,
): PaidFor | undefined {
  const named = lines.data.filter((line) => namesPlan(priceIdOf(line) ?? '') && !isTrialLine(line, trialEnd));
  const bought =
    named.findLast(isPeriodLine) ?? named.findLast((line) => isProration(line) && line.amount >= 0);
  if (bought) return { priceId: priceIdOf(bought), until: bought.period.end };
  const credit = named.findLast(isProration);
  return credit && { priceId: undefined, until: credit.period.start };
}
