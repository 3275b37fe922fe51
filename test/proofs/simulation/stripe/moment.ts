import type { Chance } from '../chance.ts';
import type { Act } from '../script.ts';

const DAY_MS = 86_400_000;

/** Mostly while another act is in progress. */
export function chooseMoment(chance: Chance, acts: readonly Act[]): number {
  const last = acts.at(-1)?.afterMs ?? 0;
  const when = chance.weighted({ beside: 6, between: 2, later: 1 });
  if (when === 'beside') return Math.max(0, chance.pick(acts).afterMs + chance.int(-300, 600));
  return when === 'between'
    ? chance.int(0, last)
    : last + chance.pick([1_000, DAY_MS, 8 * DAY_MS, 40 * DAY_MS]);
}
