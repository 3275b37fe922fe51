import type { Interval } from '../../../shared/domain/account.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import type { Chance } from './chance.ts';

export const FEATURES = ['aiRequest', 'upload', 'storage'] as const;
const INTERVALS: readonly Interval[] = ['5h', 'day', 'day', 'week', 'month', 'billing_cycle'];

/** Small limits, so that they are met; several intervals for one feature at times. */
export function writePlan(chance: Chance): Allowance[] {
  const limit = () => (chance.happens(0.07) ? null : chance.int(0, 14));
  const enforced = () => chance.happens(0.93);
  const intervals = new Set([
    chance.pick(INTERVALS),
    ...(chance.happens(0.35) ? [chance.pick(INTERVALS)] : []),
  ]);
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
      interval: chance.pick(INTERVALS),
      enforced: enforced(),
    });
  }
  if (chance.happens(0.9))
    allowances.push({ feature: 'storage', limit: limit(), interval: 'never', enforced: true });
  return allowances;
}
