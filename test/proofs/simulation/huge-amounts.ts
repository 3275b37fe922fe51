import { type Amounts, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import { Chance } from './chance.ts';
import type { Act, Action, KeyForm, Script } from './script.ts';

/** A separate random stream: histories without huge amounts are unchanged by this file. */
const HUGE = 46;
const SHARE = 0.08;
const DAY_MS = 86_400_000;
const AMOUNTS = [1, 3, 1e12, 2 ** 52, MAX_AMOUNT - 1, MAX_AMOUNT];
/** A hundred reservations may be open; their sum must be an exact number. */
const HELD = [1, 1e12, 9e13];

/**
 * Further acts of some histories: a user on a plan with unlimited, soft or huge limits uses amounts up to
 * 2^53 − 1, repeatedly, over several periods and plan changes.
 */
export function withHugeAmounts(script: Script): Script {
  const chance = new Chance(script.seed, HUGE);
  if (!chance.happens(SHARE)) return script;
  const first = Math.max(...script.acts.map(({ number }) => number)) + 1;
  const isSlow = chance.happens(0.4);
  const count = chance.int(4, 16);
  const acts: Act[] = [];
  let afterMs = chance.int(0, 500);
  for (let index = 0; index < count; index += 1) {
    const action: Action =
      index === 0 ? { verb: 'set plan', planId: 'huge', timeZone: undefined } : writeAction(chance, acts);
    acts.push({
      number: first + index,
      afterMs,
      userId: 'user9',
      action,
      key: chance.pick<KeyForm>(['none', 'own', 'uuid v7']),
      patienceMs: chance.pick([undefined, 50, 3_000]),
      isDoubled: chance.happens(0.1),
      againAfterMs: undefined,
    });
    afterMs += isSlow ? chance.int(10, DAY_MS) : chance.int(10, 2_000);
  }
  const plans = { ...script.plans, huge: hugePlan(chance), soft: hugePlan(chance) };
  return { ...script, plans, acts: [...script.acts, ...acts].sort((a, b) => a.afterMs - b.afterMs) };
}

function hugePlan(chance: Chance): Allowance[] {
  const allowance = (feature: string, interval: Allowance['interval']): Allowance => ({
    feature,
    interval,
    limit: chance.pick([null, null, 5, MAX_AMOUNT, MAX_AMOUNT - 3]),
    enforced: chance.happens(0.5),
  });
  const further = chance.happens(0.3) ? [allowance('aiRequest', 'month')] : [];
  return [allowance('aiRequest', 'day'), ...further, allowance('storage', 'never')];
}

function writeAction(chance: Chance, before: readonly Act[]): Action {
  const feature = chance.pick(['aiRequest', 'aiRequest', 'storage']);
  const amounts = (from: readonly number[]): Amounts => new Map([[feature, chance.pick(from)]]);
  const reservations = before.filter(({ action }) => action.verb === 'reserve');
  const verb = chance.weighted({
    consume: 12,
    reserve: 3,
    settle: 3,
    release: 2,
    grant: 1,
    reset: 1,
    'set plan': 2,
  });
  switch (verb) {
    case 'reserve':
      return { verb, amounts: amounts(HELD), ttlSeconds: chance.pick([10, 300, 86_400]) };
    case 'settle':
      if (reservations.length === 0) return { verb: 'consume', amounts: amounts(AMOUNTS) };
      return { verb, of: chance.pick(reservations).number, amount: chance.pick([null, 0, ...AMOUNTS]) };
    case 'release':
      return { verb, amounts: new Map([['storage', chance.pick(AMOUNTS)]]) };
    case 'grant':
      return { verb, feature, amount: chance.pick([2, 1e12]) };
    case 'reset':
      return { verb, features: chance.happens(0.5) ? undefined : [feature] };
    case 'set plan':
      return { verb, planId: chance.pick(['huge', 'soft']), timeZone: undefined };
    default:
      return { verb: 'consume', amounts: amounts(AMOUNTS) };
  }
}
