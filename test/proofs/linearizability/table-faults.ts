import type { FaultPlan } from '../../support/fault-proxy/fault.ts';
import { seededFaults } from '../../support/fault-proxy/seeded-faults.ts';

/** What the table does to histories: one request in ten meets a fault, lost answers for the most part. */
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
