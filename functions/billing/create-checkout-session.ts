import { createCheckoutSession } from '../../shared/usecases/subscriptions/create-checkout-session.ts';
import { invalidRequest } from '../http/problems.ts';
import { createCheckoutSessionRequest, foreignUrls } from '../http/requests/billing-requests.ts';
import {
  ALREADY_SUBSCRIBED,
  NOT_CONFIGURED,
  noTrial,
  priceUnusable,
  refusedByStripe,
  TRIAL_USED,
  unknownPrice,
} from '../http/responses/billing-problems.ts';
import { KEY_REUSED } from '../http/responses/denials.ts';
import { unknownPlan } from '../http/responses/plan-view.ts';
import { httpRoute } from '../http/route.ts';
import { allowedOrigins, billingDeps } from '../runtime/composition/billing.ts';

/** Creates a page of Stripe on which a user subscribes to a plan. */
export const route = httpRoute(
  'createCheckoutSession',
  createCheckoutSessionRequest,
  async ({ body, idempotencyKey }) => {
    const { successUrl, cancelUrl, planId, price } = body;
    const errors = foreignUrls({ successUrl, cancelUrl }, allowedOrigins());
    if (errors.length > 0) return { problem: invalidRequest(errors) };
    const deps = await billingDeps();
    if (!deps) return { problem: NOT_CONFIGURED };
    const outcome = await createCheckoutSession(deps, { ...body, idempotencyKey });
    switch (outcome.code) {
      case 'unknown_plan':
        return { problem: unknownPlan(planId) };
      case 'unknown_price':
        return { problem: unknownPrice(planId, price) };
      case 'already_subscribed':
        return { problem: ALREADY_SUBSCRIBED };
      case 'trial_used':
        return { problem: TRIAL_USED };
      case 'no_trial':
        return { problem: noTrial(planId) };
      case 'price_unusable':
        return { problem: priceUnusable(planId, outcome.priceId) };
      case 'refused':
        return { problem: refusedByStripe(outcome.field) };
      case 'key_reused':
        return { problem: KEY_REUSED };
      case 'created':
        return { status: 201, body: { sessionId: outcome.sessionId, url: outcome.url } };
    }
  },
);
