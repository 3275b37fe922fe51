import { Chance } from '../chance.ts';
import type { Act, Deed, Script } from '../script.ts';
import { chooseWebhooks, type Weather } from '../weather.ts';
import { writePlan } from '../write-plan.ts';
import { PRICE_IDS } from './prices.ts';
import type { StripeChange } from './subscription-life.ts';

export interface StripePart {
  readonly acts: readonly Act[];
  /** A plan that only a price of Stripe's brings. */
  readonly team: Script['plans'][string];
  readonly weather: Partial<Weather>;
}

const SHARE = 1 / 3;
const DAY_MS = 86_400_000;
const DEEDS: Readonly<Record<StripeChange | 'sync', number>> = {
  subscribe: 2,
  'change price': 4,
  'fail to pay': 3,
  pay: 3,
  cancel: 2,
  'cancel at period end': 2,
  resume: 2,
  sync: 6,
};

/** What happens at Stripe beside the rest of a history, from chances of its own; `undefined`: nothing. */
export function writeStripe({ seed, acts }: Script): StripePart | undefined {
  const chance = new Chance(seed, 9);
  if (!chance.happens(SHARE)) return undefined;
  const users = [...new Set(acts.map(({ userId }) => userId))];
  // Those who subscribe come first.
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
      deed: writeDeed(chance, isFirst ? 'subscribe' : chance.weighted(DEEDS)),
      isDoubled: chance.happens(0.2),
    };
  });
  const [team, weather] = [writePlan(chance), chooseWebhooks(chance)];
  // Where the sync has run before, the next run goes by events alone.
  const synced: Act = {
    ...base,
    number: first + count,
    afterMs: 0,
    userId: users[0] ?? '',
    deed: { verb: 'sync', isFull: false },
    isDoubled: false,
  };
  return { acts: chance.happens(0.5) ? [synced, ...changes] : changes, team, weather };
}

/** Mostly while something else is under way. */
function chooseMoment(chance: Chance, acts: readonly Act[]): number {
  const last = acts.at(-1)?.afterMs ?? 0;
  const when = chance.weighted({ beside: 6, between: 2, later: 1 });
  if (when === 'beside') return Math.max(0, chance.pick(acts).afterMs + chance.int(-300, 600));
  return when === 'between'
    ? chance.int(0, last)
    : last + chance.pick([1_000, DAY_MS, 8 * DAY_MS, 40 * DAY_MS]);
}

function writeDeed(chance: Chance, change: StripeChange | 'sync'): Deed {
  if (change === 'sync') return { verb: 'sync', isFull: chance.happens(0.3) };
  return {
    verb: 'at Stripe',
    change,
    priceId: chance.pick(PRICE_IDS),
    isTrial: chance.happens(0.15),
    isBeside: chance.happens(0.3),
  };
}
