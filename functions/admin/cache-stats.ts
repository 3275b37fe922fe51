import { CACHE_KINDS } from '../../shared/contract.ts';
import { cacheStatsView } from '../replies/cache-view.ts';
import { cacheAdminDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';

/** What the caches of all environments did today (UTC). */
export const handler = httpHandler('getCacheStats', {}, async () => {
  const { cacheStats, now } = cacheAdminDeps();
  const stats = await cacheStats.ofDay(CACHE_KINDS, now());
  return { status: 200, body: cacheStatsView(stats) };
});
