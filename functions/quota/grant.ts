import { grantQuota } from '../../shared/usecases/quota/grant-quota.ts';
import { grantRequest } from '../http/requests/quota-requests.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { httpRoute } from '../http/route.ts';
import { quotaDeps } from '../runtime/composition/core.ts';

/** Grants a user more units until the current period ends. */
export const route = httpRoute('grantQuota', grantRequest, async ({ body, idempotencyKey }) => {
  const { userId, type, amount, reason } = body;
  const deps = quotaDeps();
  const outcome = await grantQuota(deps, { userId, feature: type, amount, reason, idempotencyKey });
  return replyToChange(outcome, { userId, amounts: new Map([[type, amount]]), about: 'one' }, deps.now());
});
