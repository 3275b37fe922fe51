import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { type SweepCounts, sweepDue } from '../../shared/usecases/sweep-due.ts';
import { sweepDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';

/** Time kept back to finish the batch under way and to say what was done. */
const RESERVE_MS = 15_000;

/** The sweep: brings accounts up to date in which something is due and that nobody has asked for. */
async function quotaReset(_event: unknown, context: Context): Promise<SweepCounts> {
  const counts = await sweepDue(sweepDeps(), () => context.getRemainingTimeInMillis() > RESERVE_MS);
  logger.info('swept', { ...counts });
  if (counts.failed > 0) throw new Error(`${counts.failed} accounts could not be brought up to date`);
  return counts;
}

export const handler = middy<unknown, SweepCounts>(quotaReset).use(injectLambdaContext(logger));
