import { resetQuota } from '../../shared/usecases/quota/reset-quota.ts';
import { resetRequest } from '../http/requests/quota-requests.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Resets a user's usage to 0 in the current periods. */
export const route = httpRoute('resetQuota', resetRequest, async ({ body, idempotencyKey }) => {
  const { userId, types: features } = body;
  const deps = quotaDeps();
  const outcome = await resetQuota(deps, { userId, features, idempotencyKey });
  return replyToChange(outcome, { userId, amounts: new Map(), about: 'account' }, deps.now());
});
