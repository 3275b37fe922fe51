import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { seedDeployment } from '../../shared/usecases/keys/seed-deployment.ts';
import {
  clock,
  readBootstrapSecret,
  seedDeps,
  tableLayout,
  tableProtection,
} from '../runtime/composition/core.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { recordCanaryDeployment } from '../runtime/telemetry/record-canary.ts';
import { recordDeployment } from '../runtime/telemetry/record-job.ts';
import { readFirstKeys } from './bootstrap-keys.ts';
import { CANARY_KEY, hasCanary, readCanaryKey } from './canary-key.ts';
import { ACCESS_DELAY_MS, whenAllowed } from './when-allowed.ts';

/** Reserved at the end of the function's time. */
const RESERVE_MS = 2_000;

/**
 * Runs after every deployment: records the table's layout, stores the first keys and the default plans where
 * they are missing, and protects the table.
 */
async function seed(_: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> {
  // Its failure fails the deployment, and Lambda does not retry it.
  const leftMs = Math.min(ACCESS_DELAY_MS, context.getRemainingTimeInMillis() - RESERVE_MS);
  const keys = await whenAllowed(clock, clock.now() + leftMs, async () => {
    const canaryKey = await readCanaryKey();
    const keys = [...readFirstKeys(await readBootstrapSecret()), ...(canaryKey ? [canaryKey] : [])];
    await tableLayout().record();
    await seedDeployment(seedDeps(), keys, hasCanary() ? [] : [CANARY_KEY]);
    await tableProtection().enable();
    return keys;
  });
  recordDeployment();
  if (hasCanary()) recordCanaryDeployment();
  logger.info('seeded', { keys: keys.map(({ name }) => name) });
}

export const handler = middy(seed).use(injectLambdaContext(logger));
