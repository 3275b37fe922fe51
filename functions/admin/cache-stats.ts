import { readCacheStats } from '../../shared/usecases/plans/read-cache-stats.ts';
import { cacheStatsView } from '../http/responses/cache-view.ts';
import { httpRoute } from '../http/route.ts';
import { cacheAdminDeps } from '../runtime/composition/caches.ts';

/** Returns today's (UTC) counts of the caches of all environments. */
export const route = httpRoute('getCacheStats', {}, async () => {
  const stats = await readCacheStats(cacheAdminDeps());
  return { status: 200, body: cacheStatsView(stats) };
});
