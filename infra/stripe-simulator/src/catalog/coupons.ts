import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, missingParam, noSuchReference } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { Params } from '../calls/params.ts';
import { pathObject, retrieving } from '../calls/path-object.ts';
import { recordEvent } from '../world/record-event.ts';
import type { World } from '../world/world.ts';

const DURATIONS = ['forever', 'once', 'repeating'] as const;

function create({ world, params }: Call): Stripe.Coupon {
  const now = world.main.now();
  const percentOff = params.has('percent_off') ? Number(params.text('percent_off')) : undefined;
  const amountOff = params.integer('amount_off');
  const currency = params.text('currency')?.toLowerCase();
  const duration = params.oneOf('duration', DURATIONS) ?? 'once';
  const months = params.integer('duration_in_months');
  const id = params.text('id') ?? world.ids.characters(8);
  const name = params.text('name') ?? null;
  const metadata = changedMetadata({}, params.metadata());
  params.done();
  checkOff(percentOff, amountOff, currency);
  if ((duration === 'repeating') !== (months !== undefined)) {
    throw invalidRequest('`duration_in_months` is required if and only if `duration` is `repeating`.', {
      param: 'duration_in_months',
    });
  }
  const coupon = {
    id,
    object: 'coupon',
    amount_off: amountOff ?? null,
    created: now,
    currency: currency ?? null,
    duration,
    duration_in_months: months ?? null,
    livemode: false,
    max_redemptions: null,
    metadata,
    name,
    percent_off: percentOff ?? null,
    redeem_by: null,
    times_redeemed: 0,
    valid: true,
  } satisfies Stripe.Coupon;
  world.coupons.add(coupon);
  recordEvent(world, 'coupon.created', coupon);
  return coupon;
}

function checkOff(
  percentOff: number | undefined,
  amountOff: number | undefined,
  currency: string | undefined,
): void {
  if ((percentOff === undefined) === (amountOff === undefined)) {
    throw invalidRequest('You must pass exactly one of `amount_off` and `percent_off`.');
  }
  if (percentOff !== undefined && !(percentOff > 0 && percentOff <= 100)) {
    throw invalidRequest('Invalid percent_off: must be greater than 0 and at most 100.', {
      param: 'percent_off',
    });
  }
  if (amountOff !== undefined && currency === undefined) throw missingParam('currency');
}

const requested = pathObject((world) => world.coupons, 'coupon', 'coupon');

function list(call: Call): Stripe.ApiList<Stripe.Coupon> {
  const created = timeRange(call.params, 'created');
  return listPage(call, call.world.coupons, {
    kind: 'coupon',
    url: '/v1/coupons',
    matches: (coupon) => created.contains(coupon.created),
  });
}

export const couponRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/coupons', handle: create },
  { method: 'GET', path: '/v1/coupons', handle: list },
  { method: 'GET', path: '/v1/coupons/:id', handle: retrieving(requested) },
];

/** Reads the coupons of `discounts`: `[]` if cleared, undefined if absent. */
export function readCoupons(world: World, params: Params): Stripe.Coupon[] | undefined {
  if (params.isText('discounts') && params.clearableText('discounts') === null) return [];
  return params.objects('discounts')?.map((discount) => {
    const id = discount.requiredText('coupon');
    const coupon = world.coupons.get(id);
    if (!coupon) throw noSuchReference('coupon', id, discount.nameOf('coupon'));
    return coupon;
  });
}
