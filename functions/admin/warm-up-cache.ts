import { warmUpCache } from '../../shared/usecases/warm-up-cache.ts';
import { cacheAdminDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { warmUpCacheRequest } from '../schemas/cache-requests.ts';

/** Fills the caches ahead of need: with every plan, or with one user. */
export const handler = httpHandler('warmUpCache', warmUpCacheRequest, async ({ body }) => ({
  status: 200,
  body: { ...(await warmUpCache(cacheAdminDeps(), body.userId)) },
}));
