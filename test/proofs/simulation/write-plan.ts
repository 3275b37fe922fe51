import type { Allowance } from '../../../shared/domain/plan.ts';
import { weightedIntervals } from './calendar.ts';
import type { Chance } from './chance.ts';

export const FEATURES = ['aiRequest', 'upload', 'storage'] as const;
const METERED = weightedIntervals({ '5h': 1, day: 2, week: 1, month: 1, billing_cycle: 1, never: 0 });

/** Small limits, so that they are reached; sometimes several intervals for one feature. */
export function writePlan(chance: Chance): Allowance[] {
  const limit = () => (chance.happens(0.07) ? null : chance.int(0, 14));
  const enforced = () => chance.happens(0.93);
  const intervals = new Set([chance.pick(METERED), ...(chance.happens(0.35) ? [chance.pick(METERED)] : [])]);
  const allowances: Allowance[] = [...intervals].map((interval) => ({
    feature: 'aiRequest',
    limit: limit(),
    interval,
    enforced: enforced(),
  }));
  if (chance.happens(0.9)) {
    allowances.push({
      feature: 'upload',
      limit: limit(),
      interval: chance.pick(METERED),
      enforced: enforced(),
    });
  }
  if (chance.happens(0.9))
    allowances.push({ feature: 'storage', limit: limit(), interval: 'never', enforced: true });
  return allowances;
}
