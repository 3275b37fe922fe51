import { describe, expect, it } from 'vitest';
import { type StripeInvoice, unpaidSince } from '../../../shared/domain/stripe-invoice.ts';

const HOUR = 3_600;

/** Invoices a day apart, the oldest first, as they are told; each is final an hour after it was made. */
function invoices(...statuses: string[]): StripeInvoice[] {
  return statuses
    .map((status, index) => ({
      id: `in_${index}`,
      status,
      created: index * 24 * HOUR,
      due_date: null,
      status_transitions: { finalized_at: status === 'draft' ? null : index * 24 * HOUR + HOUR },
    }))
    .reverse();
}
const dueOf = (index: number) => index * 24 * HOUR + HOUR;

describe('a subscription that is past due is unpaid', () => {
  it('since its latest invoice was tried, where the one before was paid', () => {
    expect(unpaidSince(invoices('paid', 'paid', 'open'), 'in_2')).toBe(dueOf(2));
  });

  it('since the first of several that failed: another period does not begin the grace anew', () => {
    expect(unpaidSince(invoices('paid', 'open', 'open', 'open'), 'in_3')).toBe(dueOf(1));
    expect(unpaidSince(invoices('paid', 'uncollectible', 'open'), 'in_2')).toBe(dueOf(1));
  });

  it('since the failure after the last payment, whatever was left open before', () => {
    expect(unpaidSince(invoices('open', 'paid', 'open'), 'in_2')).toBe(dueOf(2));
  });

  it('as before while its next invoice is a draft, and without those that were voided', () => {
    expect(unpaidSince(invoices('paid', 'open', 'draft'), 'in_2')).toBe(dueOf(1));
    expect(unpaidSince(invoices('paid', 'void', 'open'), 'in_2')).toBe(dueOf(2));
  });

  it('as it was when it was looked at, also where it was paid or billed again meanwhile', () => {
    expect(unpaidSince(invoices('paid', 'open', 'paid'), 'in_2')).toBe(dueOf(1));
    expect(unpaidSince(invoices('paid', 'paid'), 'in_1')).toBe(dueOf(1));
    expect(unpaidSince(invoices('paid', 'open', 'paid'), 'in_1')).toBe(dueOf(1));
    expect(unpaidSince(invoices('paid', 'open', 'open'), 'in_1')).toBe(dueOf(1));
  });

  it('since the day an invoice that was sent had to be paid', () => {
    const [invoice] = invoices('open');
    expect(unpaidSince(invoice ? [{ ...invoice, due_date: 99 * HOUR }] : [], 'in_0')).toBe(99 * HOUR);
  });

  it('since nobody knows when, where nothing was ever final', () => {
    expect(unpaidSince(invoices('draft'), 'in_0')).toBeUndefined();
    expect(unpaidSince([], 'in_0')).toBeUndefined();
  });
});
