import { ENV, PROBES } from '../../shared/contract.ts';
import type { FirstKey } from '../../shared/usecases/keys/seed-deployment.ts';
import { canaryKeySecret } from '../runtime/composition/canary.ts';
import { readSeedEnv } from '../runtime/env.ts';
import { logger } from '../runtime/telemetry/logger.ts';

export const CANARY_KEY = 'canaryKey';

/** Whether the deployment has a canary. */
export function hasCanary(): boolean {
  return readSeedEnv()[ENV.canarySecretArn] !== undefined;
}

/**
 * The canary's key: it may consume units of the canary user, and nothing else. If its secret was deleted, the
 * deployment still succeeds; the canary's alarm reports it.
 */
export async function readCanaryKey(): Promise<FirstKey | undefined> {
  const arn = readSeedEnv()[ENV.canarySecretArn];
  if (arn === undefined) return undefined;
  const found = await canaryKeySecret(arn).read();
  if (!found) logger.error('the canary has no key: its secret does not exist or has none', { secret: arn });
  return found && { name: CANARY_KEY, key: found.key, scopes: ['quota'], userId: PROBES.canaryUserId };
}
