import { release } from '../../shared/usecases/quota/release.ts';
import { contextOf } from '../http/requests/context.ts';
import { releaseRequest } from '../http/requests/quota-requests.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Releases units of a gauge. */
export const route = httpRoute('releaseQuota', releaseRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount } = body;
  const amounts = new Map([[type, amount]]);
  const deps = quotaDeps();
  const outcome = await release(deps, { userId, amounts, idempotencyKey, context: contextOf(body) });
  return replyToChange(outcome, { userId, amounts, about: 'one' }, deps.now());
});
