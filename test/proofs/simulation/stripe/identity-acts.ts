import { Chance } from '../chance.ts';
import type { Act, Action } from '../script.ts';
import { ODD_PRICE, PRICE_IDS } from './prices.ts';
import type { StripeAction } from './stripe-action.ts';
import type { StripePart } from './stripe-acts.ts';
import { type TaleStep, withTales } from './tales.ts';

/** Separate chances, so that the rest of a history is the same without them. */
const IDENTITY = 70;
const SHARE = 1 / 3;

type Step = Partial<StripeAction> & Pick<StripeAction, 'change'>;

/** Several customers and subscriptions of one user, and strangers who pay in the user's name. */
const TALES: Readonly<Record<string, readonly Step[]>> = {
  'a customer beside the paying one': [
    { change: 'subscribe', isOtherCustomer: true },
    { change: 'cancel' },
    { change: 'subscribe', isOtherCustomer: true, isAdditional: true },
  ],
  'a customer that is created and deleted': [
    { change: 'create and delete customer' },
    { change: 'subscribe', isAdditional: true },
    { change: 'create and delete customer' },
  ],
  'a stranger pays by link': [{ change: 'pay by link' }, { change: 'subscribe' }, { change: 'pay by link' }],
  'the name is the customer’s': [
    { change: 'subscribe', isUnnamed: true, isOtherCustomer: true },
    { change: 'pay by link' },
  ],
  'something else is sold to the customer': [
    { change: 'subscribe', priceId: ODD_PRICE, isAdditional: true },
    { change: 'subscribe', isAdditional: true },
    { change: 'cancel' },
    { change: 'subscribe', priceId: ODD_PRICE, isOtherCustomer: true, isAdditional: true },
  ],
};

const HOUR_MS = 3_600_000;
const GAPS_MS = [5, 300, 2_000, HOUR_MS, 30 * HOUR_MS];

/** One in three histories with Stripe has one or two of these tales. */
export function withIdentityActs(seed: number, part: StripePart, others: readonly Act[]): StripePart {
  const chance = new Chance(seed, IDENTITY);
  if (!chance.happens(SHARE)) return part;
  return withTales(chance, part, others, [1, 1, 2], () => writeTale(chance));
}

function* writeTale(chance: Chance): Iterable<TaleStep> {
  for (const step of TALES[chance.pick(Object.keys(TALES))] ?? []) {
    const usual = {
      isTrial: false,
      isAdditional: false,
      isUnpaid: false,
      isForgotten: chance.happens(0.3),
    };
    const priceId = chance.pick(PRICE_IDS);
    const action: Action = { verb: 'at Stripe', priceId, ...usual, ...step };
    yield { action, isDoubled: false, gapMs: chance.pick(GAPS_MS) };
  }
}
