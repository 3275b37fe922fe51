import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest } from '../calls/errors.ts';
import { listPage, pageInOrder, timeRange } from '../calls/list-page.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { findPaymentMethod } from '../customers/payment-methods.ts';
import type { StoredInvoice } from '../world/stored-objects.ts';
import { attemptPayment, closeInvoice, finalizeInvoice, payOutOfBand } from './collect-invoice.ts';

const requested = pathObject((world) => world.invoices, 'invoice', 'invoice');

const STATUSES = ['draft', 'open', 'paid', 'uncollectible', 'void'] as const;

function list(call: Call): Stripe.ApiList<StoredInvoice> {
  const { world, params } = call;
  const customer = params.text('customer');
  const subscription = params.text('subscription');
  const status = params.oneOf('status', STATUSES);
  const method = params.oneOf('collection_method', ['charge_automatically', 'send_invoice']);
  const created = timeRange(params, 'created');
  const candidates = subscription === undefined ? world.invoices : world.invoices.inGroup(subscription);
  return listPage(call, candidates, {
    kind: 'invoice',
    url: '/v1/invoices',
    matches: (invoice) =>
      (customer === undefined || invoice.customer === customer) &&
      (status === undefined || invoice.status === status) &&
      (method === undefined || invoice.collection_method === method) &&
      created.contains(invoice.created),
  });
}

function pay(call: Call): StoredInvoice {
  const { world, params } = call;
  const invoice = requested(call);
  const card = params.text('payment_method');
  const outOfBand = params.boolean('paid_out_of_band') ?? false;
  params.boolean('off_session');
  params.boolean('forgive');
  params.done();
  if (card !== undefined && findPaymentMethod(world, card, 'payment_method').customer !== invoice.customer) {
    throw invalidRequest('The payment method must be attached to the customer.', { param: 'payment_method' });
  }
  if (invoice.status === 'paid')
    throw invalidRequest('Invoice is already paid', { code: 'invoice_already_paid' });
  if (invoice.status === 'void')
    throw invalidRequest('Invoice is void and cannot be paid.', { code: 'invoice_not_payable' });
  if (invoice.status === 'draft') finalizeInvoice(world, invoice);
  if (outOfBand) {
    payOutOfBand(world, invoice);
    return invoice;
  }
  const error = attemptPayment(world, invoice, { card });
  if (error) throw error;
  return invoice;
}

/** Returns a handler for a change that only invoices of some states accept. */
function transition(
  from: readonly (typeof STATUSES)[number][],
  refusal: string,
  change: (call: Call, invoice: StoredInvoice) => void,
) {
  return (call: Call): StoredInvoice => {
    const invoice = requested(call);
    call.params.boolean('auto_advance');
    call.params.done();
    if (!from.some((status) => status === invoice.status)) {
      throw invalidRequest(refusal, { code: 'invoice_not_editable' });
    }
    change(call, invoice);
    return invoice;
  };
}

function listLines(call: Call): Stripe.ApiList<Stripe.InvoiceLineItem> {
  const { id } = requested(call);
  const lines = call.world.invoiceLines.get(id) ?? [];
  return pageInOrder(call, lines, { kind: 'line_item', url: `/v1/invoices/${id}/lines` });
}

export const invoiceRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/invoices', handle: list },
  { method: 'GET', path: '/v1/invoices/:id', handle: retrieving(requested) },
  { method: 'GET', path: '/v1/invoices/:id/lines', handle: listLines },
  { method: 'POST', path: '/v1/invoices/:id/pay', handle: pay },
  {
    method: 'POST',
    path: '/v1/invoices/:id/finalize',
    handle: transition(
      ['draft'],
      "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
      ({ world }, invoice) => finalizeInvoice(world, invoice),
    ),
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/void',
    handle: transition(
      ['open', 'uncollectible'],
      'You can only pass in open or uncollectible invoices. This invoice isn’t open.',
      ({ world }, invoice) => closeInvoice(world, invoice, 'void'),
    ),
  },
  {
    method: 'POST',
    path: '/v1/invoices/:id/mark_uncollectible',
    handle: transition(['open'], 'You can only mark open invoices as uncollectible.', ({ world }, invoice) =>
      closeInvoice(world, invoice, 'uncollectible'),
    ),
  },
];
