import { consume } from '../../shared/usecases/quota/consume.ts';
import { contextOf } from '../http/requests/context.ts';
import { consumeRequest } from '../http/requests/quota-requests.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Consumes units: 200, or 429 if they do not fit. */
export const route = httpRoute('consumeQuota', consumeRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'one', isCounted: true }, deps.now());
});
