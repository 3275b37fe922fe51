import type { Payment } from './payment.ts';
import { USER_METADATA_KEY } from './stripe-owner.ts';

/** Stripe's event as its API sends it. The kind of its object depends on the type. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  /** Epoch seconds. */
  readonly created: number;
  readonly data: { readonly object: object };
}

/** The effects of an event: the objects to converge, and further work. */
export interface EventEffects {
  readonly customerId: string | undefined;
  readonly subscriptionId: string | undefined;
  /** The user named by a deleted customer, which Stripe no longer returns. */
  readonly deletedName: string | undefined;
  /** Whether a subscription begins, so that other open checkouts of its user have to be expired. */
  readonly isBeginning: boolean;
  readonly payment: Payment | undefined;
}

/**
 * The handled events, by their exact names: an endpoint, and the `types` of `GET /v1/events` (20 at most),
 * accept no wildcard.
 */
export const HANDLED_EVENTS = [
  'checkout.session.completed',
  'customer.subscription.created',
  'customer.subscription.updated',
  'customer.subscription.paused',
  'customer.subscription.resumed',
  'customer.subscription.pending_update_applied',
  'customer.subscription.pending_update_expired',
  'customer.subscription.deleted',
  'customer.deleted',
  'invoice.paid',
  'invoice.payment_failed',
] as const;

const BEGINNINGS: readonly string[] = ['checkout.session.completed', 'customer.subscription.created'];

/**
 * Returns the effects of an event; `undefined` for a type that is not handled. An event only identifies
 * objects; their state is always fetched from Stripe.
 */
export function effectsOf(event: StripeEvent): EventEffects | undefined {
  if (!isHandled(event.type)) return undefined;
  const object = new Fields(event.data.object);
  const isCustomer = event.type === 'customer.deleted';
  const isSubscription = event.type.startsWith('customer.subscription.');
  return {
    customerId: isCustomer ? object.text('id') : object.reference('customer'),
    subscriptionId: isSubscription ? object.text('id') : subscriptionOf(object),
    deletedName: isCustomer ? object.inner('metadata').text(USER_METADATA_KEY) : undefined,
    isBeginning: BEGINNINGS.includes(event.type),
    payment: event.type.startsWith('invoice.') ? paymentOf(event, object) : undefined,
  };
}

function isHandled(type: string): boolean {
  return HANDLED_EVENTS.some((name) => name === type);
}

/**
 * An invoice names its subscription below `parent`, since the API version 2025-03-31; a session at the top.
 */
function subscriptionOf(object: Fields): string | undefined {
  return (
    object.reference('subscription') ??
    object.inner('parent').inner('subscription_details').reference('subscription')
  );
}

function paymentOf({ id, type, created }: StripeEvent, invoice: Fields): Payment {
  const isPaid = type === 'invoice.paid';
  return {
    id,
    at: created * 1_000,
    outcome: isPaid ? 'paid' : 'failed',
    invoiceId: invoice.text('id') ?? '',
    subscriptionId: subscriptionOf(invoice) ?? null,
    amount: invoice.number(isPaid ? 'amount_paid' : 'amount_due') ?? 0,
    currency: invoice.text('currency') ?? '',
    attempts: invoice.number('attempt_count') ?? 0,
    invoiceUrl: invoice.text('hosted_invoice_url') ?? null,
  };
}

/** Reads fields of an object with an unverified shape. */
class Fields {
  readonly #object: object;

  constructor(value: unknown) {
    this.#object = typeof value === 'object' && value !== null ? value : {};
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#get(name);
    return typeof value === 'number' ? value : undefined;
  }

  inner(name: string): Fields {
    return new Fields(this.#get(name));
  }

  /** An id, or the id of the expanded object in its place. */
  reference(name: string): string | undefined {
    return this.text(name) ?? this.inner(name).text('id');
  }

  #get(name: string): unknown {
    return Object.hasOwn(this.#object, name) ? Reflect.get(this.#object, name) : undefined;
  }
}
