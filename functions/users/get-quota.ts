import { accountView } from '../../shared/domain/quota-result.ts';
import { readQuota } from '../../shared/usecases/read-quota.ts';
import { readDeps, redisAllowance } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { freshnessAsked } from '../schemas/freshness.ts';
import { getUserQuotaRequest } from '../schemas/user-requests.ts';

/** All of a user's counters. A user without an account is shown on the default plan, at version 0. */
export const handler = httpHandler('getUserQuota', getUserQuotaRequest, async ({ path, query }) => {
  const read = () => readQuota(readDeps(), path.userId, freshnessAsked(query));
  const { account, asOf, cached } = await redisAllowance().spend(read);
  return { status: 200, body: { ...accountView(account, asOf), cached } };
});
