import { consume } from '../../shared/usecases/quota/consume.ts';
import { contextOf } from '../http/requests/context.ts';
import { consumeRequest } from '../http/requests/quota-requests.ts';
import { replyToQuestion } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Consumes units if they fit: always 200, with `allowed`. */
export const route = httpRoute('checkAndConsumeQuota', consumeRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToQuestion(outcome, { userId, amounts, about: 'one', isCounted: true }, deps.now());
});
