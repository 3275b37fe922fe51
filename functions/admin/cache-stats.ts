import { CACHE_KINDS } from '../../shared/contract.ts';
import { httpHandler } from '../http/handler.ts';
import { cacheStatsView } from '../http/responses/cache-view.ts';
import { cacheAdminDeps } from '../runtime/composition/core.ts';

/** What the caches of all environments did today (UTC). */
export const handler = httpHandler('getCacheStats', {}, async () => {
  const { cacheStats, now } = cacheAdminDeps();
  const stats = await cacheStats.ofDay(CACHE_KINDS, now());
  return { status: 200, body: cacheStatsView(stats) };
});
