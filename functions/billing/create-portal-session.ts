import { createPortalSession } from '../../shared/usecases/subscriptions/create-portal-session.ts';
import { invalidRequest } from '../http/problems.ts';
import { createPortalSessionRequest, foreignUrls } from '../http/requests/billing-requests.ts';
import { NO_CUSTOMER, NOT_CONFIGURED } from '../http/responses/billing-problems.ts';
import { httpRoute } from '../http/route.ts';
import { allowedOrigins, billingDeps } from '../runtime/composition/billing.ts';

/** Creates a page of Stripe on which a customer changes, cancels and resumes a subscription. */
export const route = httpRoute('createPortalSession', createPortalSessionRequest, async ({ body }) => {
  const errors = foreignUrls({ returnUrl: body.returnUrl }, allowedOrigins());
  if (errors.length > 0) return { problem: invalidRequest(errors) };
  const deps = await billingDeps();
  if (!deps) return { problem: NOT_CONFIGURED };
  const outcome = await createPortalSession(deps, body);
  if (outcome.code === 'no_customer') return { problem: NO_CUSTOMER };
  return { status: 201, body: { sessionId: outcome.sessionId, url: outcome.url } };
});
