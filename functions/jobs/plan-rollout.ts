import { rollOutPlan } from '../../shared/usecases/roll-out-plan.ts';
import { rolloutDeps } from '../runtime/composition.ts';
import { jobHandler } from '../runtime/job-handler.ts';

/** Moves every account of a plan to the plan's newest version. */
export const handler = jobHandler('plan-rollout', (options, context) =>
  rollOutPlan(rolloutDeps(), options, context),
);
