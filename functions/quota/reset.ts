import { resetQuota } from '../../shared/usecases/reset-quota.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { resetRequest } from '../schemas/quota-requests.ts';

/** Sets a user's usage to 0 in the current periods. */
export const handler = httpHandler('resetQuota', resetRequest, async ({ body, idempotencyKey }) => {
  const { userId, types: features } = body;
  const deps = quotaDeps();
  const outcome = await resetQuota(deps, { userId, features, idempotencyKey });
  return replyToChange(outcome, { userId, amounts: new Map(), about: 'account' }, deps.now());
});
