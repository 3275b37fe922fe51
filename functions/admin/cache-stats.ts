import { readCacheStats } from '../../shared/usecases/plans/read-cache-stats.ts';
import { httpHandler } from '../http/handler.ts';
import { cacheStatsView } from '../http/responses/cache-view.ts';
import { cacheAdminDeps } from '../runtime/composition/core.ts';

/** What the caches of all environments did today (UTC). */
export const handler = httpHandler('getCacheStats', {}, async () => {
  const stats = await readCacheStats(cacheAdminDeps());
  return { status: 200, body: cacheStatsView(stats) };
});
