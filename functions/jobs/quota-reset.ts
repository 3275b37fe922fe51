import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ENTRIES } from '../../shared/contract.ts';
import { type LoneRun, runAlone } from '../../shared/usecases/run-alone.ts';
import { type SweepCounts, sweepDue } from '../../shared/usecases/sweep-due.ts';
import { warmUpPlans } from '../../shared/usecases/warm-up-plans.ts';
import { planRefreshDeps, runAloneDeps, sweepDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';

/** Time kept back to finish the batch under way and to say what was done. */
const RESERVE_MS = 15_000;

/**
 * The sweep: brings accounts up to date in which something is due and that nobody has asked for. It tells the cache of
 * plans, too, what an edit may not have reached it with.
 */
async function quotaReset(_event: unknown, context: Context): Promise<LoneRun<SweepCounts>> {
  const hasTime = () => context.getRemainingTimeInMillis() > RESERVE_MS;
  const run = await runAlone(runAloneDeps(), ENTRIES.quotaReset, async () => {
    await warmUpPlans(planRefreshDeps());
    return sweepDue(sweepDeps(), hasTime);
  });
  if (run.code === 'already_running') {
    logger.info('not run: another run is under way');
    return run;
  }
  logger.info('swept', { ...run.value, locked: run.locked });
  const { failed } = run.value;
  if (failed > 0) throw new Error(`${failed} accounts could not be brought up to date`);
  return run;
}

export const handler = middy<unknown, LoneRun<SweepCounts>>(quotaReset).use(injectLambdaContext(logger));
