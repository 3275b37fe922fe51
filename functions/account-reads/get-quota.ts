import { readQuota } from '../../shared/usecases/quota/read-quota.ts';
import { freshnessAsked } from '../http/requests/freshness.ts';
import { getUserQuotaRequest } from '../http/requests/user-requests.ts';
import { accountView } from '../http/responses/quota-view.ts';
import { httpRoute } from '../http/route.ts';
import { readDeps, redisTimeBudget } from '../runtime/composition/caches.ts';

/** Returns all of a user's counters. A user without an account is on the default plan, at version 0. */
export const route = httpRoute('getUserQuota', getUserQuotaRequest, async ({ path, query }) => {
  const read = () => readQuota(readDeps(), path.userId, freshnessAsked(query));
  const { account, asOf, cached } = await redisTimeBudget().spend(read);
  return { status: 200, body: { ...accountView(account, asOf), cached } };
});
