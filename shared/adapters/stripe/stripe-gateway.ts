import Stripe from 'stripe';
import { StripeRefused, Unavailable } from '../../domain/faults.ts';
import { HANDLED_EVENTS, type StripeEvent, USER_METADATA_KEY } from '../../domain/stripe-event.ts';
import { unpaidSince } from '../../domain/stripe-invoice.ts';
import { latestInvoiceOf, type StripeSubscription } from '../../domain/stripe-subscription.ts';
import { TokenBucket } from '../../domain/token-bucket.ts';

export interface StripeGatewayDeps {
  /** Makes the client when it is first needed, such as once its key was read. */
  readonly client: () => Promise<Stripe>;
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** @default 15: Stripe lets 25 through in test mode, 100 with a live key, for the whole account */
  readonly callsPerSecond?: number;
}

export interface StripeCustomer {
  readonly id: string;
  readonly isDeleted: boolean;
  /** The user, where its metadata names one. */
  readonly userId: string | undefined;
}

/** A subscription of a list, with what its customer's metadata says. */
export interface ListedSubscription {
  readonly subscription: StripeSubscription;
  readonly userId: string | undefined;
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
  /** The same key makes the same session, for a day at least. */
  readonly idempotencyKey: string;
}

export type CheckoutAnswer =
  | { readonly code: 'created'; readonly id: string; readonly url: string | null }
  /** The key made another session. */
  | { readonly code: 'key_reused' }
  /** Stripe does not take what was asked for. */
  | { readonly code: 'refused'; readonly field: CheckoutField };

/** Parameters of Stripe's that say what the caller said, by how their names begin. */
const FIELD_OF_PARAM = {
  line_items: 'priceId',
  success_url: 'successUrl',
  cancel_url: 'cancelUrl',
  'subscription_data[trial_period_days]': 'trialDays',
} as const;
export type CheckoutField = (typeof FIELD_OF_PARAM)[keyof typeof FIELD_OF_PARAM];

/** As many as Stripe puts on one page. */
const PAGE_SIZE = 100;

/**
 * Stripe, as far as it is needed here. No more than so many calls a second leave one environment. What Stripe turns away
 * or does not answer is `Unavailable`, with the `Retry-After` it asks for; what it refuses is `StripeRefused`, or an outcome where the caller's own words may be wrong.
 */
export class StripeGateway {
  readonly #deps: StripeGatewayDeps;
  readonly #bucket: TokenBucket;

  constructor(deps: StripeGatewayDeps) {
    this.#deps = deps;
    this.#bucket = new TokenBucket(deps.callsPerSecond ?? 15, deps.now());
  }

  async subscription(id: string): Promise<StripeSubscription | undefined> {
    const found = await this.#find((stripe) => stripe.subscriptions.retrieve(id));
    return found && this.#dated(found);
  }

  /** Every subscription that a customer ever had, ended ones too. */
  async subscriptionsOf(customerId: string): Promise<StripeSubscription[]> {
    const found: StripeSubscription[] = [];
    for (;;) {
      const after = found.at(-1)?.id;
      const page = await this.#find((stripe) =>
        stripe.subscriptions.list({
          customer: customerId,
          status: 'all',
          limit: PAGE_SIZE,
          ...(after !== undefined && { starting_after: after }),
        }),
      );
      for (const subscription of page?.data ?? []) found.push(await this.#dated(subscription));
      if (!page?.has_more || page.data.length === 0) return found;
    }
  }

  /** A page of all subscriptions in every state, the newest first; those after `after`. */
  async pageOfSubscriptions(after?: string): Promise<Page<ListedSubscription>> {
    const page = await this.#call((stripe) =>
      stripe.subscriptions.list({
        status: 'all',
        limit: PAGE_SIZE,
        // Whose it is comes with it, and costs no further call.
        expand: ['data.customer'],
        ...(after !== undefined && { starting_after: after }),
      }),
    );
    const items = page.data.map((subscription) => ({
      subscription,
      userId: userNamedBy(subscription.customer) ?? userNamedBy(subscription),
    }));
    return { items, hasMore: page.has_more };
  }

  /** A page of the events that say anything here, made at `sinceMs` (epoch ms) or later, the newest first. */
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

  /** A customer; one that was deleted says so and names nobody. */
  async customer(id: string): Promise<StripeCustomer | undefined> {
    const found = await this.#find((stripe) => stripe.customers.retrieve(id));
    return found && { id, isDeleted: found.deleted === true, userId: userNamedBy(found) };
  }

  /** Makes the customer of a user: with the same key within a day the same one. Returns its id. */
  async createCustomer(userId: string, idempotencyKey: string): Promise<string> {
    const { id } = await this.#call((stripe) =>
      stripe.customers.create({ metadata: { [USER_METADATA_KEY]: userId } }, { idempotencyKey }),
    );
    return id;
  }

  /**
   * A page of Stripe's on which a user subscribes to a price.
   *
   * @throws Unavailable also where the customer was deleted meanwhile: asked again, there will be another one
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
          client_reference_id: userId,
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

  /** A page of Stripe's on which a customer changes, cancels and resumes; nothing where the customer is gone. */
  async createPortalSession(
    customerId: string,
    returnUrl: string,
  ): Promise<{ id: string; url: string } | undefined> {
    const session = await this.#find((stripe) =>
      stripe.billingPortal.sessions.create({ customer: customerId, return_url: returnUrl }),
    );
    return session && { id: session.id, url: session.url };
  }

  /** With since when it is past due. bounded: 100 unpaid invoices outlast any grace period. */
  async #dated(subscription: StripeSubscription): Promise<StripeSubscription> {
    const latest = latestInvoiceOf(subscription);
    if (subscription.status !== 'past_due' || latest === undefined) return subscription;
    const invoices = await this.#call((stripe) =>
      stripe.invoices.list({ subscription: subscription.id, limit: PAGE_SIZE }),
    );
    return { ...subscription, unpaidSince: unpaidSince(invoices.data, latest) };
  }

  /** As `#call`, with nothing where Stripe says that there is no such object. */
  async #find<T>(send: (stripe: Stripe) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#call(send);
    } catch (error) {
      if (error instanceof StripeRefused && error.refusal.stripeCode === 'resource_missing') return undefined;
      throw error;
    }
  }

  async #call<T>(send: (stripe: Stripe) => Promise<T>): Promise<T> {
    const stripe = await this.#deps.client();
    const waitMs = this.#bucket.take(this.#deps.now());
    if (waitMs > 0) await this.#deps.sleep(waitMs);
    try {
      return await send(stripe);
    } catch (error) {
      throw error instanceof Stripe.errors.StripeError ? toFault(error) : error;
    }
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

/** Its own message may quote what was sent, so it does not go on. */
function toFault(error: Stripe.errors.StripeError): Error {
  const { statusCode, code, type, param, requestId } = error;
  const isBusy = statusCode === 429 || code === 'lock_timeout' || statusCode === 409;
  if (statusCode !== undefined && statusCode < 500 && !isBusy) {
    return new StripeRefused({ type, stripeCode: code, param, statusCode, stripeRequestId: requestId });
  }
  return new Unavailable(`Stripe did not take a call: ${error.type}, status ${statusCode ?? 'none'}`, {
    retryAfterSeconds: retryAfterOf(error),
  });
}

/** Stripe's `Retry-After` in seconds, 1 to 60; without one, 1. */
function retryAfterOf({ headers }: Stripe.errors.StripeError): number {
  const seconds = Number(Object(headers)['retry-after']);
  return Number.isFinite(seconds) ? Math.min(60, Math.max(1, Math.ceil(seconds))) : 1;
}

function userNamedBy(owner: unknown): string | undefined {
  const userId: unknown = Object(Object(owner).metadata)[USER_METADATA_KEY];
  return typeof userId === 'string' && userId !== '' ? userId : undefined;
}
