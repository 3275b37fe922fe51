import { check } from '../../shared/usecases/check.ts';
import { replyToQuestion } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { checkRequest } from '../schemas/quota-requests.ts';

/** Says whether units could be used now. Nothing is written or promised. */
export const handler = httpHandler('checkQuota', checkRequest, async ({ body }) => {
  const { userId, type, amount, consistent, minVersion } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await check(deps, { userId, amounts, consistent, minVersion });
  return replyToQuestion(outcome, { userId, amounts, about: 'one' }, deps.now(), { cached: false });
});
