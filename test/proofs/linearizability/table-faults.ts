import type { FaultPlan } from '../../support/fault-proxy/fault.ts';
import { seededFaults } from '../../support/fault-proxy/seeded-faults.ts';

/** The table's faults in histories: one request in ten meets one, mostly a lost answer. */
export function tableFaults(seed: number): FaultPlan {
  return seededFaults({
    seed,
    probability: 0.1,
    faults: [
      'reset after',
      'error after',
      'truncated',
      'malformed',
      'reset before',
      'error before',
      'throttled',
      'conflict',
      'late',
    ],
  });
}
