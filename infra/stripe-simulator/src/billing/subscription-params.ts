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

/** The price that an item names. @throws ApiError when it is not there, not active or not recurring */
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
  const wishes = items.map((item) => {
    const price = readRecurringPrice(world, item);
    if (!price) throw missingParam(item.nameOf('price'));
    const metadata = changedMetadata({}, item.metadata());
    return { price, quantity: item.integer('quantity') ?? 1, metadata };
  });
  checkSameRhythm(wishes.map(({ price }) => price));
  return wishes;
}

/** The simulator bills all items of a subscription together. */
export function checkSameRhythm(prices: readonly StoredPrice[]): void {
  const rhythm = (price: StoredPrice | undefined) =>
    [price?.currency, price?.recurring?.interval, price?.recurring?.interval_count].join('/');
  if (prices.every((price) => rhythm(price) === rhythm(prices[0]))) return;
  throw invalidRequest(
    'Currency and interval fields must match across all plans on this subscription. Found mismatch in interval field.',
    { param: 'items' },
  );
}

/** The end of a trial, in seconds: `now` and no trial at all are null; undefined when nothing was said. */
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

/** A card of this customer. */
export function readCard(world: World, params: Params, customer: string): string | undefined {
  const id = params.text('default_payment_method');
  if (id === undefined) return undefined;
  if (findPaymentMethod(world, id, 'default_payment_method').customer === customer) return id;
  throw invalidRequest(
    'The payment method must be attached to the customer. Please attach it first and retry.',
    { param: 'default_payment_method' },
  );
}

/** What a subscription and a hosted session both can be told. */
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
