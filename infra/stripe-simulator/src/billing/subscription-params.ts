import type Stripe from 'stripe';
import { invalidRequest, missingParam } from '../calls/errors.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { Params } from '../calls/params.ts';
import { referredPrice } from '../catalog/prices.ts';
import { findPaymentMethod } from '../customers/payment-methods.ts';
import { DAY } from '../time/calendar.ts';
import type { StoredPrice } from '../world/stored-objects.ts';
import type { NewItem, SubscriptionRequest } from '../world/subscription-request.ts';
import type { World } from '../world/world.ts';

const MISSING_PAYMENT_METHOD = ['cancel', 'create_invoice', 'pause'] as const;
const COLLECTION_METHODS = ['charge_automatically', 'send_invoice'] as const;
const TWO_YEARS = 730 * DAY;

/** Reads the price of an item. @throws ApiError if it does not exist, is not active or not recurring */
export function readRecurringPrice(world: World, item: Params): StoredPrice | undefined {
  const id = item.text('price');
  if (id === undefined) return undefined;
  const param = item.nameOf('price');
  const price = referredPrice(world, id, param);
  if (price.type === 'recurring') return price;
  throw invalidRequest(
    `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`,
    { param },
  );
}

export function readItems(world: World, params: Params): NewItem[] {
  const items = params.objects('items') ?? [];
  if (items.length === 0) throw missingParam('items');
  const newItems = items.map((item) => {
    const price = readRecurringPrice(world, item);
    if (!price) throw missingParam(item.nameOf('price'));
    const metadata = changedMetadata({}, item.metadata());
    return { price, quantity: item.integer('quantity') ?? 1, metadata };
  });
  checkSameInterval(newItems.map(({ price }) => price));
  return newItems;
}

/** Requires one currency and interval: the simulator bills all items together. */
export function checkSameInterval(prices: readonly StoredPrice[]): void {
  const interval = (price: StoredPrice | undefined) =>
    [price?.currency, price?.recurring?.interval, price?.recurring?.interval_count].join('/');
  if (prices.every((price) => interval(price) === interval(prices[0]))) return;
  throw invalidRequest(
    'Currency and interval fields must match across all plans on this subscription. Found mismatch in interval field.',
    { param: 'items' },
  );
}

/** Reads the end of a trial, in seconds; null for `now` and for no trial, undefined if absent. */
export function readTrialEnd(params: Params, now: number): number | null | undefined {
  const days = params.integer('trial_period_days');
  if (params.isText('trial_end') && params.text('trial_end') === 'now') return null;
  const end = params.integer('trial_end');
  if (end !== undefined && days !== undefined) {
    throw invalidRequest('You cannot pass both trial_end and trial_period_days.', { param: 'trial_end' });
  }
  const at = end ?? (days === undefined || days === 0 ? undefined : now + days * DAY);
  if (at === undefined) return days === undefined ? undefined : null;
  if (at <= now) {
    throw invalidRequest(
      "Invalid timestamp: must be an integer Unix timestamp in the future or the string 'now'",
      { param: 'trial_end', code: 'parameter_invalid_integer' },
    );
  }
  if (at > now + TWO_YEARS) {
    throw invalidRequest('Trial end date cannot be more than two years from now.', { param: 'trial_end' });
  }
  return at;
}

export function readMissingPaymentMethod(params: Params) {
  return params
    .object('trial_settings')
    ?.object('end_behavior')
    ?.oneOf('missing_payment_method', MISSING_PAYMENT_METHOD);
}

/** Reads a payment method of this customer. */
export function readCard(world: World, params: Params, customer: string): string | undefined {
  const id = params.text('default_payment_method');
  if (id === undefined) return undefined;
  if (findPaymentMethod(world, id, 'default_payment_method').customer === customer) return id;
  throw invalidRequest(
    'The payment method must be attached to the customer. Please attach it first and retry.',
    { param: 'default_payment_method' },
  );
}

/** Reads the parameters that subscriptions and checkout sessions share. */
export function readCommon(
  params: Params,
  now: number,
): Pick<
  SubscriptionRequest,
  'trialEnd' | 'missingPaymentMethod' | 'billingMode' | 'description' | 'metadata'
> {
  const metadata: Stripe.Metadata = changedMetadata({}, params.metadata());
  return {
    trialEnd: readTrialEnd(params, now),
    missingPaymentMethod: readMissingPaymentMethod(params),
    billingMode: params.object('billing_mode')?.oneOf('type', ['classic', 'flexible']),
    description: params.clearableText('description'),
    metadata,
  };
}

export function readCollection(
  params: Params,
): Pick<SubscriptionRequest, 'collectionMethod' | 'daysUntilDue' | 'savePaymentMethod'> {
  const collectionMethod = params.oneOf('collection_method', COLLECTION_METHODS);
  const daysUntilDue = params.integer('days_until_due');
  if (collectionMethod === 'send_invoice' && daysUntilDue === undefined) {
    throw missingParam('days_until_due');
  }
  if (collectionMethod !== 'send_invoice' && daysUntilDue !== undefined) {
    throw invalidRequest('You can only specify `days_until_due` if `collection_method` is `send_invoice`.', {
      param: 'days_until_due',
    });
  }
  const savePaymentMethod = params
    .object('payment_settings')
    ?.oneOf('save_default_payment_method', ['off', 'on_subscription']);
  return { collectionMethod, daysUntilDue, savePaymentMethod };
}
