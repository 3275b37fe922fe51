import { grantQuota } from '../../shared/usecases/grant-quota.ts';
import { replyToChange } from '../replies/quota-reply.ts';
import { quotaDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { grantRequest } from '../schemas/quota-requests.ts';

/** Gives a user more units until the current period ends. */
export const handler = httpHandler('grantQuota', grantRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount, reason } = body;
  const deps = quotaDeps();
  const outcome = await grantQuota(deps, { userId, feature: type, amount, reason, idempotencyKey });
  return replyToChange(outcome, { userId, amounts: new Map([[type, amount]]), about: 'one' }, deps.now());
});
