import { ENV } from '../../../shared/contract.ts';
import { env } from '../env.ts';
import { apiKeyDeps, healthDeps, planStore } from './core.ts';

/**
 * Warms up an environment at init: one read of the table opens the connection and runs the SDK's code for the
 * first time, which costs tens of milliseconds of CPU. Lambda gives init more CPU than a small function has
 * in a request.
 */

/** Init does not wait longer for a slow table; the first request meets it anyway. */
const MAX_WAIT_MS = 500;
/** No API key has this hash. */
const NO_KEY_HASH = '0'.repeat(64);

/** Reads the default plan, which every function that serves users may read. */
export function warmUpTable(): Promise<void> {
  return warmUp(() => planStore().newest(env[ENV.defaultPlanId]));
}

/** Looks for an API key. For the authorizer, which may read nothing else. */
export function warmUpApiKeys(): Promise<void> {
  return warmUp(() => apiKeyDeps().apiKeys.find(NO_KEY_HASH));
}

/** Probes the table. For the function of `/health`, which may read nothing else. */
export function warmUpHealth(): Promise<void> {
  return warmUp(() => healthDeps().tableProbe.ask());
}

/**
 * Waits for a read, and ignores its failure, which must not fail the init. The wait is the point: a request
 * in flight would be frozen with the environment, and a first call beside it would open a connection of its
 * own.
 */
async function warmUp(read: () => Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, MAX_WAIT_MS);
  await Promise.race([read(), late.promise]).catch(() => {});
  clearTimeout(timer);
}
