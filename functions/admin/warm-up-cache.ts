import { warmUpCache } from '../../shared/usecases/plans/warm-up-cache.ts';
import { warmUpCacheRequest } from '../http/requests/cache-requests.ts';
import { httpRoute } from '../http/route.ts';
import { cacheAdminDeps } from '../runtime/composition/caches.ts';

/** Warms up the caches: with every plan, or with one user. */
export const route = httpRoute('warmUpCache', warmUpCacheRequest, async ({ body }) => ({
  status: 200,
  body: { ...(await warmUpCache(cacheAdminDeps(), body.userId)) },
}));
