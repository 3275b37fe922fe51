import { check } from '../../shared/usecases/quota/check.ts';
import { checkRequest } from '../http/requests/quota-requests.ts';
import { replyToQuestion } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { readDeps, redisTimeBudget } from '../runtime/composition/caches.ts';

/** Returns whether units could be consumed now. It writes and promises nothing. */
export const route = httpRoute('checkQuota', checkRequest, async ({ body }) => {
  const { userId, type, amount, consistent, minVersion } = body;
  const amounts = new Map([[type, amount]]);
  const question = { userId, amounts, consistent, minVersion };
  const outcome = await redisTimeBudget().spend(() => check(readDeps(), question));
  const asOf = new Date(outcome.asOf).toISOString();
  return replyToQuestion(outcome, { userId, amounts, about: 'one' }, outcome.now, {
    cached: outcome.cached,
    asOf,
  });
});
