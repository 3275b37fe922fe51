import { Chance } from '../chance.ts';
import type { Act, Action } from '../script.ts';
import { FEATURES } from '../write-plan.ts';
import { FREE_PRICE } from './prices.ts';
import type { StripeAction } from './stripe-action.ts';
import type { StripePart } from './stripe-acts.ts';
import { type TaleStep, withTales } from './tales.ts';

/** Separate chances, so that the rest of a history is the same without them. */
const MONEY = 60;
const SHARE = 1 / 2;

type Step = Partial<StripeAction> & Pick<StripeAction, 'change'>;

const PRO = { priceId: 'price_pro', isUnpaid: false } as const;
const YEAR = { priceId: 'price_pro_year', isUnpaid: false } as const;
const TEAM = { priceId: 'price_team', isUnpaid: false } as const;
const FREE = { priceId: FREE_PRICE, isUnpaid: false } as const;

/** Users who try to get more units than they pay for, and users who pay. */
const TALES: Readonly<Record<string, readonly Step[]>> = {
  'yearly and back, and again': [
    { change: 'subscribe', ...PRO },
    { change: 'change price', ...YEAR },
    { change: 'change price', ...PRO },
    { change: 'change price', ...YEAR },
    { change: 'change price', ...PRO },
  ],
  'a plan that costs nothing, again and again': [
    { change: 'subscribe', ...FREE },
    { change: 'cancel' },
    { change: 'subscribe', ...FREE },
    { change: 'cancel' },
    { change: 'subscribe', ...FREE },
  ],
  'from nothing to a price, and back': [
    { change: 'subscribe', ...FREE },
    { change: 'change price', ...PRO },
    { change: 'change price', ...FREE },
    { change: 'change price', ...PRO },
  ],
  'a trial, again': [
    { change: 'subscribe', ...PRO, isTrial: true },
    { change: 'cancel' },
    { change: 'subscribe', ...PRO, isTrial: true },
    { change: 'cancel' },
  ],
  'an upgrade that is not paid': [
    { change: 'subscribe', ...PRO },
    { change: 'upgrade', ...TEAM, isUnpaid: true },
    { change: 'upgrade', ...PRO },
    { change: 'upgrade', ...TEAM },
    { change: 'pay' },
  ],
  'an upgrade that is paid later': [
    { change: 'subscribe', ...PRO },
    { change: 'upgrade', ...TEAM, isUnpaid: true },
    { change: 'pay' },
    { change: 'pay oldest' },
  ],
  'a coupon of all, and of half': [
    { change: 'subscribe', ...PRO, percentOff: 100 },
    { change: 'change price', ...YEAR },
    { change: 'cancel' },
    { change: 'subscribe', ...PRO, percentOff: 50 },
  ],
  'bought, cancelled and bought': [
    { change: 'subscribe', ...PRO },
    { change: 'cancel' },
    { change: 'subscribe', ...PRO },
    { change: 'upgrade', ...TEAM },
  ],
};

const HOUR_MS = 3_600_000;
const GAPS_MS = [10, 1_000, HOUR_MS, 30 * HOUR_MS, 190 * HOUR_MS, 500 * HOUR_MS];

/** Every other history with Stripe has one or two of these tales, and calls in between that use units up. */
export function withMoneyActs(seed: number, part: StripePart, others: readonly Act[]): StripePart {
  const chance = new Chance(seed, MONEY);
  if (!chance.happens(SHARE)) return part;
  return withTales(chance, part, others, [1, 1, 2], () => writeTale(chance));
}

function* writeTale(chance: Chance): Iterable<TaleStep> {
  for (const step of TALES[chance.pick(Object.keys(TALES))] ?? []) {
    const actions = [writeAction(chance, step), ...someUse(chance)];
    for (const [index, action] of actions.entries()) {
      const isDoubled = chance.happens(0.1);
      const gapMs = chance.pick([5, 300, 2_000]);
      const isLast = index === actions.length - 1;
      yield { action, isDoubled, gapMs: isLast ? gapMs + chance.pick(GAPS_MS) : gapMs };
    }
  }
}

function writeAction(chance: Chance, step: Step): Action {
  const other = { isTrial: false, isAdditional: chance.happens(0.3), isUnpaid: false, isForgotten: false };
  return { verb: 'at Stripe', priceId: 'price_pro', ...other, ...step };
}

function someUse(chance: Chance): Action[] {
  const feature = chance.pick(FEATURES);
  const uses = Array.from(
    { length: chance.int(0, 3) },
    (): Action => ({ verb: 'consume', amounts: new Map([[feature, chance.int(1, 7)]]) }),
  );
  if (chance.happens(0.15)) uses.push({ verb: 'grant', feature, amount: chance.int(1, 9) });
  return uses;
}
