import { Chance } from './chance.ts';
import type { Act, Script } from './script.ts';

const SHARE = 0.35;
/** Separate chances, by which no seed in tests has any of these, as when they were found. */
export const CONFIRMS = [50, 2_434] as const;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Confirmations of work that took longer, or more, than expected: far above the hold, after its expiry, hours
 * later, on both sides of the day after which they are refused, after a release, two at once; and uses that
 * exhaust the quota in between.
 */
export function writeConfirms({ seed, acts }: Pick<Script, 'seed' | 'acts'>): Act[] {
  const chance = new Chance(seed, ...CONFIRMS);
  if (!chance.happens(SHARE)) return [];
  const first = Math.max(...acts.map(({ number }) => number)) + 1;
  const reserves = acts.filter(({ action }) => action.verb === 'reserve' && chance.happens(0.7));
  return reserves.flatMap((act, index) => writeEnd(chance, act, first + 3 * index));
}

/**
 * The end of a reservation: a confirmation, perhaps with a concurrent settlement, perhaps with a use that
 * leaves no room.
 */
function writeEnd(chance: Chance, reserve: Act, number: number): Act[] {
  const { action, userId, afterMs } = reserve;
  if (action.verb !== 'reserve') return [];
  const at = afterMs + momentOf(chance, action.ttlSeconds * 1_000);
  const base = { userId, key: 'own', patienceMs: chance.pick([50, 500, 6_500]) } as const;
  const settle = (index: number, amount: number | null, moment: number): Act => ({
    ...base,
    number: number + index,
    afterMs: Math.max(afterMs, moment),
    action: { verb: 'settle', of: reserve.number, amount },
    isDoubled: chance.happens(0.3),
    againAfterMs: chance.happens(0.3) ? chance.pick([0, 5_500, HOUR_MS, 26 * HOUR_MS]) : undefined,
  });
  const confirm = settle(0, chance.pick([0, 1, 4, 14, 40, 1_000_000]), at);
  const other = settle(1, chance.pick([null, null, 3]), at + chance.pick([-2_000, -1, 0, 1, 2_000, 7_000]));
  const greedy: Act = {
    ...base,
    number: number + 2,
    key: 'none',
    afterMs: Math.max(afterMs, at - chance.int(1, 1_500)),
    action: {
      verb: 'consume',
      amounts: new Map([...action.amounts.keys()].map((name) => [name, chance.int(1, 12)])),
    },
    isDoubled: false,
    againAfterMs: undefined,
  };
  return [...(chance.happens(0.5) ? [greedy] : []), confirm, ...(chance.happens(0.35) ? [other] : [])];
}

/** Its time, relative to the reservation. */
function momentOf(chance: Chance, ttlMs: number): number {
  const expiry = chance.weighted({ before: 3, at: 3, soon: 3, hours: 2, 'at the end': 1, 'too late': 0.5 });
  switch (expiry) {
    case 'before':
      return chance.int(0, Math.max(0, ttlMs - 1));
    case 'at':
      return ttlMs + chance.int(-300, 300);
    case 'soon':
      return ttlMs + chance.int(300, 30_000);
    case 'hours':
      return ttlMs + chance.int(1, 22) * HOUR_MS;
    case 'at the end':
      return ttlMs + DAY_MS + chance.int(-2_000, 2_000);
    case 'too late':
      return ttlMs + DAY_MS + chance.int(2_000, 3 * HOUR_MS);
  }
}
