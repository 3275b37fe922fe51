import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { runCanary } from '../../shared/usecases/canary/run-canary.ts';
import { canaryDeps } from '../runtime/composition/canary.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { recordCanary } from '../runtime/telemetry/record-canary.ts';

/** Calls the deployment's public URL as a caller does, on a schedule. A failure is a metric, not an error. */
async function run(): Promise<void> {
  recordCanary(await runCanary(canaryDeps()));
}

export const handler = middy(run).use(injectLambdaContext(logger));
