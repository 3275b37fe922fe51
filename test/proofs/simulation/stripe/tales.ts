import type { Chance } from '../chance.ts';
import type { Act, Action } from '../script.ts';
import { chooseMoment } from './moment.ts';
import type { StripePart } from './stripe-acts.ts';

/** An act of a tale, and the time until the next one. */
export interface TaleStep {
  readonly action: Action;
  readonly isDoubled: boolean;
  readonly gapMs: number;
}

/**
 * Appends tales, each of one user and from a random moment on.
 *
 * @param howMany the numbers of tales to choose from
 * @param writeTale is drained before the next tale begins, so that its chances are used in this order
 */
export function withTales(
  chance: Chance,
  part: StripePart,
  others: readonly Act[],
  howMany: readonly number[],
  writeTale: () => Iterable<TaleStep>,
): StripePart {
  const moments = [...others, ...part.acts].sort((a, b) => a.afterMs - b.afterMs);
  const users = [...new Set(part.acts.map(({ userId }) => userId))];
  const acts = [...part.acts];
  for (let tales = chance.pick(howMany); tales > 0; tales -= 1) {
    const userId = chance.pick(users);
    let afterMs = chooseMoment(chance, moments);
    for (const { gapMs, ...step } of writeTale()) {
      const number = Math.max(...acts.map((act) => act.number)) + 1;
      const base = { key: 'none', patienceMs: 500, againAfterMs: undefined } as const;
      acts.push({ ...base, number, afterMs, userId, ...step });
      afterMs += gapMs;
    }
  }
  return { ...part, acts };
}
