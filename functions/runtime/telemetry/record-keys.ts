import { METRICS } from '../../../shared/contract.ts';
import type { ApiKey } from '../../../shared/domain/api-key.ts';
import { logger } from './logger.ts';
import { publishServiceMetrics } from './metrics.ts';
import { PeriodicCount } from './periodic-count.ts';

const DAY_MS = 24 * 3_600_000;
// Pure, so that bundles without them leave them out.
const unknownKeys = /* @__PURE__ */ new PeriodicCount(10_000);
const rateLimited = /* @__PURE__ */ new PeriodicCount(10_000);
const firstKeyUses = /* @__PURE__ */ new PeriodicCount(15 * 60_000);

/** Counts a look-up of a key that the table does not have. Any caller can cause it. */
export function recordUnknownKey(now: number): void {
  const count = unknownKeys.add(now);
  if (count > 0) publishServiceMetrics([[METRICS.keys.unknown, count]]);
}

/** Counts a request above the rate limit of its key; the line names the key of the latest one. */
export function recordRateLimited(keyId: string, now: number): void {
  const count = rateLimited.add(now);
  if (count > 0) publishServiceMetrics([[METRICS.keys.rateLimited, count]], lineOf('rate limited', keyId));
}

/** Publishes the age of the first admin key while it is used. */
export function recordFirstKey({ keyId, scopes, createdAt }: ApiKey, now: number): void {
  if (!scopes.includes('admin') || firstKeyUses.add(now) === 0) return;
  const days = Math.floor((now - createdAt) / DAY_MS);
  publishServiceMetrics([[METRICS.keys.firstAdminKeyAgeDays, days]], lineOf('first admin key used', keyId));
}

/** Logs that this environment limits a key by itself for a moment. */
export function recordUnshared(error: unknown): void {
  logger.warn('rate limit not shared: store unavailable', { error: error as Error }); // only errors are thrown
}

function lineOf(message: string, keyId: string): object {
  return { level: 'INFO', message, keyId };
}
