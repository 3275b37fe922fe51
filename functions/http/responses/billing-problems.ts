import { invalidRequest, type Problem } from '../problems.ts';

/** Waiting does not help: an operator has to put the keys there. */
export const NOT_CONFIGURED: Problem = {
  code: 'billing_not_configured',
  detail: 'This deployment has no Stripe account: its secret with the keys is empty. Everything else works.',
};

export const INVALID_SIGNATURE: Problem = {
  code: 'invalid_signature',
  detail:
    "The Stripe-Signature header does not fit the body, is older than five minutes, or was made with a secret that is not one of this deployment's.",
};

export const UNSUPPORTED_EVENT: Problem = {
  code: 'unsupported_event',
  detail:
    "Stripe signed this body, but it is not a snapshot event. At Stripe, set the event destination's payload style to snapshot: a thin event carries no object.",
};

export const ALREADY_SUBSCRIBED: Problem = {
  code: 'already_subscribed',
  detail:
    'The user has a running subscription. To change or cancel it, send the user to the page that POST /v1/billing/portal-sessions returns.',
};

export const TRIAL_USED: Problem = {
  code: 'trial_used',
  detail:
    'The user has had a trial, and a user has one. Without `trial` in the request, the plan is sold without a trial.',
};

export function noTrial(planId: string): Problem {
  return {
    code: 'no_trial',
    detail: `The plan "${planId}" has no trial. PUT /v1/plans/${planId} with trialDays gives it one.`,
  };
}

export const NO_CUSTOMER: Problem = {
  code: 'no_customer',
  detail:
    'The user never opened a checkout, so there is nothing to manage. Begin with POST /v1/billing/checkout-sessions.',
};

export function unknownPrice(planId: string, price: string): Problem {
  return {
    code: 'unknown_price',
    detail: `The plan "${planId}" has no price "${price}". GET /v1/plans/${planId} lists its prices.`,
  };
}

/** An operator has to mend it, at Stripe or in the plan. */
export function priceUnusable(planId: string, priceId: string): Problem {
  return {
    code: 'price_unusable',
    detail: `Stripe does not sell the price ${priceId} of the plan "${planId}": it is archived, or not in this account. Activate it there, or give the plan another one.`,
  };
}

export function refusedByStripe(field: string): Problem {
  return invalidRequest([{ path: field, message: 'is not accepted by Stripe', code: 'refused_by_stripe' }]);
}
