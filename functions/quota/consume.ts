import { consume } from '../../shared/usecases/consume.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { contextOf } from '../schemas/context.ts';
import { consumeRequest } from '../schemas/quota-requests.ts';

/** Uses units: 200, or 429 when they do not fit. */
export const handler = httpHandler('consumeQuota', consumeRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'one', isCounted: true }, deps.now());
});
