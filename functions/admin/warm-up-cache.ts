import { warmUpCache } from '../../shared/usecases/plans/warm-up-cache.ts';
import { httpHandler } from '../http/handler.ts';
import { warmUpCacheRequest } from '../http/requests/cache-requests.ts';
import { cacheAdminDeps } from '../runtime/composition/core.ts';

/** Fills the caches ahead of need: with every plan, or with one user. */
export const handler = httpHandler('warmUpCache', warmUpCacheRequest, async ({ body }) => ({
  status: 200,
  body: { ...(await warmUpCache(cacheAdminDeps(), body.userId)) },
}));
