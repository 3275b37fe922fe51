import { consume } from '../../shared/usecases/consume.ts';
import { replyToQuestion } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { contextOf } from '../schemas/context.ts';
import { consumeRequest } from '../schemas/quota-requests.ts';

/** Uses units if they fit: always 200, `allowed` says whether they did. */
export const handler = httpHandler(
  'checkAndConsumeQuota',
  consumeRequest,
  async ({ body, idempotencyKey }) => {
    const { userId, type, amount } = body;
    const amounts = new Map([[type, amount]]);
    const deps = quotaDeps();
    const outcome = await consume(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
    return replyToQuestion(outcome, { userId, amounts, about: 'one', isCounted: true }, deps.now());
  },
);
