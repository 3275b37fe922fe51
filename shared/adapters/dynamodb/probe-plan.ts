import { PROBES } from '../../contract.ts';
import type { Plan } from '../../domain/plan.ts';

const { features, limits } = PROBES;

/**
 * The plan of probes. It is not in the table: it cannot be edited, and no list of plans has it. A release
 * that changes it raises its version.
 */
export const PROBE_PLAN: Plan = {
  id: PROBES.planId,
  version: 1,
  name: 'Probe',
  allowances: [
    { feature: features.plentiful, limit: limits.plentiful, interval: 'day', enforced: true },
    { feature: features.scarce, limit: limits.scarce, interval: 'month', enforced: true },
    { feature: features.gauge, limit: limits.gauge, interval: 'never', enforced: true },
  ],
  createdAt: 0,
};
