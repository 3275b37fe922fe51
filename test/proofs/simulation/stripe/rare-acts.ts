import { Chance } from '../chance.ts';
import type { Act, Action } from '../script.ts';
import { ODD_PRICE, PRICE_IDS } from './prices.ts';
import type { StripeAction } from './stripe-action.ts';
import type { StripePart } from './stripe-acts.ts';
import { type TaleStep, withTales } from './tales.ts';

/** Separate chances, by which no seed in tests has any of this, as when they were found. */
const RARE = 100;
const SHARE = 1 / 2;

/** The fixed part of an action at Stripe; the rest is random. */
type AtStripe = Partial<StripeAction> & Pick<StripeAction, 'change'>;
type Step = AtStripe | 'sync' | 'name the odd price' | 'forget the odd price';

/** Rare sequences of actions. Others interleave, and a tale may be left unfinished. */
const TALES: Readonly<Record<string, readonly Step[]>> = {
  'the first payment fails': [{ change: 'subscribe', isUnpaid: true, isTrial: false }, { change: 'pay' }],
  'the grace runs out': [{ change: 'fail to pay' }, 'sync', { change: 'pay' }],
  'unpaid invoices stay unpaid': [
    { change: 'fail to pay' },
    { change: 'leave unpaid' },
    { change: 'pay' },
    { change: 'cancel' },
  ],
  'a pause': [{ change: 'pause' }, { change: 'unpause' }, { change: 'fail to pay' }],
  'a trial without a card': [
    { change: 'subscribe', isTrial: true, isUnpaid: true },
    { change: 'fail to pay' },
    { change: 'unpause' },
  ],
  'an end that is called off': [{ change: 'cancel at period end' }, { change: 'resume' }],
  'a customer is deleted': [
    { change: 'delete customer' },
    { change: 'subscribe' },
    { change: 'delete customer' },
  ],
  'a price that no plan names': [
    { change: 'change price', priceId: ODD_PRICE },
    { change: 'change price', priceId: 'price_pro' },
  ],
  'a plan learns a price': [
    { change: 'change price', priceId: ODD_PRICE },
    'name the odd price',
    'sync',
    'forget the odd price',
  ],
  'a price is bought that is new': [
    'name the odd price',
    { change: 'subscribe', priceId: ODD_PRICE },
    { change: 'cancel' },
  ],
};

const HOUR_MS = 3_600_000;
const GAPS_MS = [10, 100, 1_000, 1_000, HOUR_MS, 30 * HOUR_MS, 190 * HOUR_MS, 340 * HOUR_MS];

/** Every other history with Stripe has one or more of these tales, besides the rest. */
export function withRareActs(seed: number, part: StripePart, others: readonly Act[]): StripePart {
  const chance = new Chance(seed, RARE);
  if (!chance.happens(SHARE)) return part;
  const acts = part.acts.map((act) => ({ ...act, action: withTrouble(chance, act.action) }));
  return withTales(chance, { ...part, acts }, others, [1, 2, 3], () => writeTale(chance, part));
}

function* writeTale(chance: Chance, part: StripePart): Iterable<TaleStep> {
  for (const step of begunTale(chance)) {
    const isDoubled = chance.happens(0.2);
    yield { isDoubled, action: writeAction(chance, step, part), gapMs: chance.pick(GAPS_MS) };
  }
}

function begunTale(chance: Chance): readonly Step[] {
  const steps = TALES[chance.pick(Object.keys(TALES))] ?? [];
  return steps.slice(0, chance.int(1, steps.length));
}

function withTrouble(chance: Chance, action: Action): Action {
  if (action.verb !== 'at Stripe') return action;
  const priceId = chance.happens(0.2) ? ODD_PRICE : action.priceId;
  return { ...action, priceId, isUnpaid: chance.happens(0.15) };
}

function writeAction(chance: Chance, step: Step, { team }: StripePart): Action {
  if (step === 'sync') return { verb: 'sync', isFull: chance.happens(0.5) };
  if (typeof step === 'string') {
    const isOddNamed = step === 'name the odd price';
    return { verb: 'edit plan', planId: 'team', allowances: team, isOddNamed };
  }
  return {
    verb: 'at Stripe',
    priceId: chance.happens(0.2) ? ODD_PRICE : chance.pick(PRICE_IDS),
    isTrial: chance.happens(0.15),
    isAdditional: chance.happens(0.4),
    isUnpaid: chance.happens(0.2),
    isForgotten: chance.happens(0.5),
    ...step,
  };
}
