import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { seedDeployment } from '../../shared/usecases/seed-deployment.ts';
import { seedDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';
import { readFirstKeys } from '../schemas/first-keys.ts';

/** Runs after every deployment: stores the first keys and the default plans where they are missing. */
async function seed(): Promise<void> {
  const deps = seedDeps();
  const keys = readFirstKeys(await deps.firstKeys.read());
  await seedDeployment(deps, keys);
  logger.info('seeded', { keys: keys.map(({ name }) => name) });
}

export const handler = middy(seed).use(injectLambdaContext(logger));
