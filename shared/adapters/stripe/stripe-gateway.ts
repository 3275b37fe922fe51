import type Stripe from 'stripe';
import { StripeRefused, Unavailable } from '../../domain/faults.ts';
import { HANDLED_EVENTS, type StripeEvent } from '../../domain/subscriptions/stripe-event.ts';
import { type Metadata, USER_METADATA_KEY } from '../../domain/subscriptions/stripe-owner.ts';
import { customerOf, type StripeSubscription } from '../../domain/subscriptions/stripe-subscription.ts';
import { StripeCalls, type StripeCallsDeps } from './stripe-calls.ts';
import { withInvoices, withLatestInvoice } from './stripe-invoices.ts';

export interface StripeCustomer {
  readonly id: string;
  readonly isDeleted: boolean;
  /** A deleted customer has none. */
  readonly metadata: Metadata;
}

/** The fields of Stripe's invoice for a payment. Amounts are in the currency's smallest unit. */
export interface ConfirmedInvoice {
  readonly status: string | null;
  readonly customerId: string | undefined;
  readonly amountPaid: number;
  readonly amountDue: number;
  readonly currency: string;
  readonly url: string | null;
}

/** An unpaid checkout page. */
export interface OpenCheckout {
  readonly id: string;
  readonly priceIds: readonly string[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

export interface CheckoutRequest {
  readonly userId: string;
  readonly customerId: string;
  readonly priceId: string;
  readonly successUrl: string;
  readonly cancelUrl: string;
  /** Days before the first payment. */
  readonly trialDays?: number | undefined;
  /** The same key returns the same session, for a day at least. */
  readonly idempotencyKey: string;
}

export type CheckoutAnswer =
  | { readonly code: 'created'; readonly id: string; readonly url: string | null }
  /** The key created another session. */
  | { readonly code: 'key_reused' }
  /** Stripe rejects the request. */
  | { readonly code: 'refused'; readonly field: CheckoutField };

/** The request's field by the prefix of Stripe's parameter names. */
const FIELD_OF_PARAM = {
  line_items: 'priceId',
  success_url: 'successUrl',
  cancel_url: 'cancelUrl',
} as const;
export type CheckoutField = (typeof FIELD_OF_PARAM)[keyof typeof FIELD_OF_PARAM];

/** Stripe's maximum per page. */
const PAGE_SIZE = 100;

/**
 * The part of Stripe's API that this service uses. Faults are those of `StripeCalls`, or an outcome if the
 * caller's request may be invalid.
 */
export class StripeGateway {
  readonly #calls: StripeCalls;

  constructor(deps: StripeCallsDeps) {
    this.#calls = new StripeCalls(deps);
  }

  async subscription(id: string): Promise<StripeSubscription | undefined> {
    const found = await this.#find((stripe) => stripe.subscriptions.retrieve(id, { expand: ['customer'] }));
    return found && withInvoices(this.#calls, found);
  }

  /** All of a customer's subscriptions, ended ones too. */
  async subscriptionsOf(customerId: string): Promise<StripeSubscription[]> {
    const found: StripeSubscription[] = [];
    for (;;) {
      const after = found.at(-1)?.id;
      const page = await this.#find((stripe) =>
        stripe.subscriptions.list({
          customer: customerId,
          status: 'all',
          limit: PAGE_SIZE,
          expand: ['data.customer'],
          ...(after !== undefined && { starting_after: after }),
        }),
      );
      for (const subscription of page?.data ?? []) found.push(await withInvoices(this.#calls, subscription));
      if (!page?.has_more || page.data.length === 0) return found;
    }
  }

  /** A page of all subscriptions of any status, the newest first; those after `after`. */
  async pageOfSubscriptions(after?: string): Promise<Page<StripeSubscription>> {
    const page = await this.#call((stripe) =>
      stripe.subscriptions.list({
        status: 'all',
        limit: PAGE_SIZE,
        // The customer, and whether the latest invoice was paid, cost no further call.
        expand: ['data.customer', 'data.latest_invoice'],
        ...(after !== undefined && { starting_after: after }),
      }),
    );
    return { items: page.data.map(withLatestInvoice), hasMore: page.has_more };
  }

  /** A page of the handled events, created at `sinceMs` (epoch ms) or later, the newest first. */
  async pageOfEvents(sinceMs: number, after?: string): Promise<Page<StripeEvent>> {
    const page = await this.#call((stripe) =>
      stripe.events.list({
        created: { gte: Math.floor(sinceMs / 1_000) },
        types: [...HANDLED_EVENTS],
        limit: PAGE_SIZE,
        ...(after !== undefined && { starting_after: after }),
      }),
    );
    return { items: page.data, hasMore: page.has_more };
  }

  /** A customer of this account, deleted ones too. */
  async customer(id: string): Promise<StripeCustomer | undefined> {
    const found = await this.#find((stripe) => stripe.customers.retrieve(id));
    if (!found) return undefined;
    return found.deleted
      ? { id, isDeleted: true, metadata: {} }
      : { id, isDeleted: false, metadata: found.metadata };
  }

  /**
   * Customers that name a user in their own metadata, or a subscription's. Stripe's search lags by up to a
   * minute, and is unavailable in some countries: their `StripeRefused` is rethrown.
   */
  async customersNamed(userId: string): Promise<string[]> {
    const query = `metadata["${USER_METADATA_KEY}"]:"${userId.replaceAll(/["\\]/g, '\\$&')}"`;
    const search = { query, limit: PAGE_SIZE };
    const customers = await this.#calls.everyPage((stripe, page) =>
      stripe.customers.search({ ...search, ...page }),
    );
    const subscriptions = await this.#calls.everyPage((stripe, page) =>
      stripe.subscriptions.search({ ...search, ...page }),
    );
    return [...new Set([...customers.map(({ id }) => id), ...subscriptions.map(customerOf)])];
  }

  /** An invoice of this account. */
  async invoice(id: string): Promise<ConfirmedInvoice | undefined> {
    const found = await this.#find((stripe) => stripe.invoices.retrieve(id));
    if (!found) return undefined;
    const { status, customer, amount_paid, amount_due, currency, hosted_invoice_url } = found;
    return {
      status,
      customerId: customer === null ? undefined : customerOf({ customer }),
      amountPaid: amount_paid,
      amountDue: amount_due,
      currency,
      url: hosted_invoice_url ?? null,
    };
  }

  /** A customer's open checkout pages for subscriptions. */
  async openCheckouts(customerId: string): Promise<OpenCheckout[]> {
    const found: OpenCheckout[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#find((stripe) =>
        stripe.checkout.sessions.list({
          customer: customerId,
          status: 'open',
          limit: PAGE_SIZE,
          expand: ['data.line_items'],
          ...(after !== undefined && { starting_after: after }),
        }),
      );
      const sessions = page?.data ?? [];
      for (const { id, mode, line_items } of sessions) {
        const priceIds = (line_items?.data ?? []).flatMap(({ price }) => price?.id ?? []);
        if (mode === 'subscription') found.push({ id, priceIds });
      }
      after = sessions.at(-1)?.id;
      if (!page?.has_more || after === undefined) return found;
    }
  }

  /** Expires an open checkout page. `false`: it was paid or had expired before. */
  async expireCheckout(id: string): Promise<boolean> {
    try {
      await this.#call((stripe) => stripe.checkout.sessions.expire(id));
      return true;
    } catch (error) {
      if (error instanceof StripeRefused && error.refusal.statusCode === 400) return false;
      throw error;
    }
  }

  /** Creates the customer of a user: with the same key within a day the same one. Returns its id. */
  async createCustomer(userId: string, idempotencyKey: string): Promise<string> {
    const { id } = await this.#call((stripe) =>
      stripe.customers.create({ metadata: { [USER_METADATA_KEY]: userId } }, { idempotencyKey }),
    );
    return id;
  }

  /**
   * Creates Stripe's page on which a user subscribes to a price.
   *
   * @throws Unavailable also if the customer was deleted meanwhile: a retry gets another one
   */
  async createCheckoutSession(request: CheckoutRequest): Promise<CheckoutAnswer> {
    try {
      return { code: 'created', ...(await this.#checkoutSession(request)) };
    } catch (error) {
      if (error instanceof StripeRefused) return refusedCheckout(error);
      throw error;
    }
  }

  async #checkoutSession(request: CheckoutRequest): Promise<{ id: string; url: string | null }> {
    const { userId, customerId, priceId, successUrl, cancelUrl, trialDays, idempotencyKey } = request;
    const metadata = { [USER_METADATA_KEY]: userId };
    const { id, url } = await this.#call((stripe) =>
      stripe.checkout.sessions.create(
        {
          mode: 'subscription',
          customer: customerId,
          line_items: [{ price: priceId, quantity: 1 }],
          success_url: successUrl,
          cancel_url: cancelUrl,
          metadata,
          subscription_data: {
            metadata,
            ...(trialDays !== undefined && { trial_period_days: trialDays }),
          },
        },
        { idempotencyKey },
      ),
    );
    return { id, url };
  }

  /**
   * Creates Stripe's page on which a customer changes, cancels and resumes; nothing if the customer is gone.
   */
  async createPortalSession(
    customerId: string,
    returnUrl: string,
  ): Promise<{ id: string; url: string } | undefined> {
    const session = await this.#find((stripe) =>
      stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }),
    );
    return session && { id: session.id, url: session.url };
  }

  #find<T>(send: (stripe: Stripe) => Promise<T>): Promise<T | undefined> {
    return this.#calls.find(send);
  }

  #call<T>(send: (stripe: Stripe) => Promise<T>): Promise<T> {
    return this.#calls.call(send);
  }
}

function refusedCheckout(error: StripeRefused): CheckoutAnswer {
  const { type, stripeCode, param = '' } = error.refusal;
  if (type === 'StripeIdempotencyError') return { code: 'key_reused' };
  if (param === 'customer' && stripeCode === 'resource_missing') {
    throw new Unavailable('the customer was deleted meanwhile', { cause: error });
  }
  const [, field] = Object.entries(FIELD_OF_PARAM).find(([name]) => param.startsWith(name)) ?? [];
  if (!field) throw error;
  return { code: 'refused', field };
}
