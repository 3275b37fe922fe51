import { sumAmounts } from '../../shared/domain/quota-request.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { contextOf } from '../http/requests/context.ts';
import { batchRequest } from '../http/requests/quota-requests.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Consumes units of several features: all of them, or none and 429. */
export const route = httpRoute('batchConsumeQuota', batchRequest, async ({ body, idempotencyKey }) => {
  const { userId, items } = body;
  const amounts = sumAmounts(items);
  const deps = quotaDeps();
  const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'several', isCounted: true }, deps.now());
});
