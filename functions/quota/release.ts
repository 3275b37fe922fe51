import { release } from '../../shared/usecases/release.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { contextOf } from '../schemas/context.ts';
import { releaseRequest } from '../schemas/quota-requests.ts';

/** Gives back units of a gauge. */
export const handler = httpHandler('releaseQuota', releaseRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await release(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'one' }, deps.now());
});
