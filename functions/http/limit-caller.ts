import type { RateLimit } from '../../shared/domain/rate-limit.ts';
import { limitRate } from '../../shared/usecases/keys/limit-rate.ts';
import { rateLimitDeps } from '../runtime/composition/core.ts';
import { recordRateLimited } from '../runtime/telemetry/record-keys.ts';
import type { Caller } from './authorization.ts';
import { type Problem, secondsUntil } from './problems.ts';

/**
 * Counts a request, whatever its route and however many items it has, against the rate limit of its key.
 *
 * @returns the problem of a request above the limit
 */
export async function limitCaller({ keyId, rateLimit }: Caller): Promise<Problem | undefined> {
  // Without a limit it costs nothing: no request to the table, no memory.
  if (keyId === null || !rateLimit) return undefined;
  const deps = rateLimitDeps();
  const outcome = await limitRate(deps, keyId, rateLimit);
  if (outcome.code === 'admitted') return undefined;
  const now = deps.now();
  recordRateLimited(keyId, now);
  return rateLimited(rateLimit, secondsUntil(outcome.retryAt, now));
}

/**
 * `RateLimit` names the policy `requests` (draft-ietf-httpapi-ratelimit-headers-10), which no counter of an
 * account can be named: those have an interval.
 */
export function rateLimited({ requestsPerSecond, burst }: RateLimit, seconds: number): Problem {
  return {
    code: 'rate_limited',
    detail: `This API key may send ${requestsPerSecond} requests a second, and ${burst} at once after a pause. Nothing was changed, and no quota was used: slow down, and send the request again later.`,
    retryAfterSeconds: seconds,
    extensions: { requestsPerSecond, burst },
    headers: {
      'RateLimit-Policy': `"requests";q=${requestsPerSecond};w=1`,
      RateLimit: `"requests";r=0;t=${seconds}`,
    },
  };
}
