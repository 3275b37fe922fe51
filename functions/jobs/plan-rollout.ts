import { rollOutPlan } from '../../shared/usecases/plans/roll-out-plan.ts';
import { rolloutDeps } from '../runtime/composition/core.ts';
import { jobHandler } from './job-handler.ts';

/** Moves every account of a plan to the plan's newest version. */
export const handler = jobHandler('plan-rollout', (options, context) =>
  rollOutPlan(rolloutDeps(), options, context),
);
