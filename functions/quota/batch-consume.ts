import { sumAmounts } from '../../shared/domain/quota-request.ts';
import { consume } from '../../shared/usecases/consume.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { contextOf } from '../schemas/context.ts';
import { batchRequest } from '../schemas/quota-requests.ts';

/** Uses units of several features: all of them, or none and 429. */
export const handler = httpHandler('batchConsumeQuota', batchRequest, async ({ body, idempotencyKey }) => {
  const { userId, items } = body;
  const amounts = sumAmounts(items);
  const deps = quotaDeps();
  const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'several', isCounted: true }, deps.now());
});
