import { Chance } from '../chance.ts';
import { chooseWebhooks, type FaultProfile } from '../fault-profile.ts';
import type { Act, Action, Script } from '../script.ts';
import { writePlan } from '../write-plan.ts';
import { withIdentityActs } from './identity-acts.ts';
import { chooseMoment } from './moment.ts';
import { withMoneyActs } from './money-acts.ts';
import { PRICE_IDS } from './prices.ts';
import { withRareActs } from './rare-acts.ts';
import type { StripeChange } from './stripe-action.ts';

export interface StripePart {
  readonly acts: readonly Act[];
  /** A plan available only by a Stripe price. */
  readonly team: Script['plans'][string];
  readonly faultProfile: Partial<FaultProfile>;
}

const SHARE = 1 / 3;
/** The frequent actions; the others are among the rare acts. */
const ACTIONS = {
  subscribe: 2,
  'change price': 4,
  'fail to pay': 3,
  pay: 3,
  cancel: 2,
  'cancel at period end': 2,
  resume: 2,
  sync: 6,
} satisfies Partial<Record<StripeChange | 'sync', number>>;

/** The actions at Stripe in a history, from separate chances; `undefined`: none. */
export function writeStripe({ seed, acts }: Script): StripePart | undefined {
  const chance = new Chance(seed, 9);
  if (!chance.happens(SHARE)) return undefined;
  const users = [...new Set(acts.map(({ userId }) => userId))];
  // Subscribers come first.
  const customers = users.slice(0, chance.int(1, users.length));
  const count = customers.length + chance.pick([0, 1, 3, 6]);
  const first = Math.max(...acts.map(({ number }) => number)) + 1;
  const base = { key: 'none', patienceMs: undefined, againAfterMs: undefined } as const;
  const changes = Array.from({ length: count }, (_, index): Act => {
    const isFirst = index < customers.length;
    return {
      ...base,
      number: first + index,
      afterMs: isFirst ? chance.int(0, 500) : chooseMoment(chance, acts),
      userId: (isFirst && customers[index]) || chance.pick(customers),
      action: writeAction(chance, isFirst ? 'subscribe' : chance.weighted(ACTIONS)),
      isDoubled: chance.happens(0.2),
    };
  });
  const [team, faultProfile] = [writePlan(chance), chooseWebhooks(chance)];
  // After an earlier sync, the next run uses events alone.
  const synced: Act = {
    ...base,
    number: first + count,
    afterMs: 0,
    userId: users[0] ?? '',
    action: { verb: 'sync', isFull: false },
    isDoubled: false,
  };
  const part = { acts: chance.happens(0.5) ? [synced, ...changes] : changes, team, faultProfile };
  return withIdentityActs(seed, withMoneyActs(seed, withRareActs(seed, part, acts), acts), acts);
}

function writeAction(chance: Chance, change: keyof typeof ACTIONS): Action {
  if (change === 'sync') return { verb: 'sync', isFull: chance.happens(0.3) };
  return {
    verb: 'at Stripe',
    change,
    priceId: chance.pick(PRICE_IDS),
    isTrial: chance.happens(0.15),
    isAdditional: chance.happens(0.3),
    isUnpaid: false,
    isForgotten: false,
  };
}
