import type { Amounts } from '../../../shared/domain/account.ts';
import type { Chance } from './chance.ts';
import type { Act, Action } from './script.ts';
import { FEATURES, writePlan } from './write-plan.ts';

/** The choices; histories with Stripe have more. */
const VERBS: Readonly<Record<Exclude<Action['verb'], 'at Stripe' | 'sync'>, number>> = {
  consume: 50,
  check: 4,
  reserve: 12,
  settle: 12,
  release: 4,
  grant: 2,
  reset: 2,
  'set plan': 3,
  'edit plan': 1,
  sweep: 5,
};
/** The next action of a user's caller, an operator or a schedule. */
export function writeAction(chance: Chance, before: readonly Act[], userId: string): Action {
  const verb = chance.weighted(VERBS);
  switch (verb) {
    case 'consume':
      return { verb, amounts: someAmounts(chance) };
    case 'check':
      return { verb, amounts: someAmounts(chance), consistent: chance.happens(0.6) };
    case 'reserve':
      return { verb, amounts: someAmounts(chance), ttlSeconds: chance.pick([1, 2, 10, 300, 86_400]) };
    case 'settle': {
      const reservations = before.filter((act) => act.action.verb === 'reserve' && act.userId === userId);
      if (reservations.length === 0) return { verb: 'consume', amounts: someAmounts(chance) };
      return { verb, of: chance.pick(reservations).number, amount: chance.pick([null, 0, 1, 2, 3, 6]) };
    }
    case 'release':
      return { verb, amounts: new Map([['storage', chance.int(1, 3)]]) };
    case 'grant':
      return { verb, feature: chance.pick(FEATURES), amount: chance.int(1, 5) };
    case 'reset':
      return { verb, features: chance.happens(0.5) ? undefined : [chance.pick(FEATURES)] };
    case 'set plan':
      return {
        verb,
        planId: chance.pick(['free', 'pro']),
        timeZone: chance.happens(0.8) ? undefined : chance.pick(['UTC', 'Europe/Berlin', 'Asia/Kathmandu']),
      };
    case 'edit plan':
      return { verb, planId: chance.pick(['free', 'pro']), allowances: writePlan(chance) };
    case 'sweep':
      return { verb };
  }
}

function someAmounts(chance: Chance): Amounts {
  const amounts = new Map([[chance.pick(FEATURES) as string, chance.int(1, 4)]]);
  if (chance.happens(0.15)) amounts.set(chance.pick(FEATURES), chance.int(1, 3));
  return amounts;
}
