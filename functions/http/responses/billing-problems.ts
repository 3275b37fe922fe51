import { invalidRequest, type Problem } from '../problems.ts';

/** Without Retry-After: an operator must set the keys. */
export const NOT_CONFIGURED: Problem = {
  code: 'billing_not_configured',
  detail: 'This deployment has no Stripe account: the secret for its keys is empty. All other routes work.',
};

/**
 * 404, not a server error: every internet client may post to the webhook of a deployment without Stripe.
 * Stripe retries after this status too.
 */
export const WEBHOOK_NOT_CONFIGURED: Problem = {
  code: 'webhook_not_configured',
  detail: 'This deployment has no key or no webhook secret of a Stripe account, so it cannot verify events.',
};

export const INVALID_SIGNATURE: Problem = {
  code: 'invalid_signature',
  detail:
    'The Stripe-Signature header does not match the body, is older than five minutes, or was made with a secret that this deployment does not have.',
};

export const UNSUPPORTED_EVENT: Problem = {
  code: 'unsupported_event',
  detail:
    'The signature is valid, but the body is not a snapshot event. Set the payload style of the event destination at Stripe to snapshot: a thin event has no object.',
};

export const ALREADY_SUBSCRIBED: Problem = {
  code: 'already_subscribed',
  detail:
    'The user has a running subscription. To change or cancel it, redirect the user to the page that POST /v1/billing/portal-sessions returns.',
};

export const TRIAL_USED: Problem = {
  code: 'trial_used',
  detail: 'The user already had a trial; each user has one. Omit `trial` to sell the plan without one.',
};

export function noTrial(planId: string): Problem {
  return {
    code: 'no_trial',
    detail: `The plan "${planId}" has no trial. To add one, PUT /v1/plans/${planId} with trialDays.`,
  };
}

export const NO_CUSTOMER: Problem = {
  code: 'no_customer',
  detail: 'The user has no customer at Stripe yet. Start with POST /v1/billing/checkout-sessions.',
};

export function unknownPrice(planId: string, price: string): Problem {
  return {
    code: 'unknown_price',
    detail: `The plan "${planId}" has no price "${price}". GET /v1/plans/${planId} lists its prices.`,
  };
}

/** The operator must fix this, at Stripe or in the plan. */
export function priceUnusable(planId: string, priceId: string): Problem {
  return {
    code: 'price_unusable',
    detail: `Stripe does not sell the price ${priceId} of the plan "${planId}": it is archived, or not in this account. Activate it at Stripe, or set another price in the plan.`,
  };
}

export function refusedByStripe(field: string): Problem {
  return invalidRequest([{ path: field, message: 'is not accepted by Stripe', code: 'refused_by_stripe' }]);
}
