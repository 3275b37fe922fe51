import { handleStripeEvent } from '../../shared/usecases/subscriptions/handle-stripe-event.ts';
import type { HttpEvent } from '../http/http-event.ts';
import { problemResponse, responseTo } from '../http/response.ts';
import {
  INVALID_SIGNATURE,
  UNSUPPORTED_EVENT,
  WEBHOOK_NOT_CONFIGURED,
} from '../http/responses/billing-problems.ts';
import { signedRoute } from '../http/route.ts';
import { verifyStripeSignature } from '../runtime/composition/billing.ts';
import { convergeDeps } from '../runtime/composition/convergence.ts';
import {
  countFailedEvent,
  recordRefusedWebhook,
  recordStripeEvent,
} from '../runtime/telemetry/record-stripe.ts';

const REFUSALS = {
  rejected: INVALID_SIGNATURE,
  unsupported: UNSUPPORTED_EVENT,
  not_configured: WEBHOOK_NOT_CONFIGURED,
};

/** Verifies Stripe's signature over the raw bytes, then handles the event once. */
async function receive({ body = '', isBase64Encoded, headers, requestContext }: HttpEvent) {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const verification = await verifyStripeSignature(bytes, headers['stripe-signature']);
  const { requestId } = requestContext;
  if (verification.code !== 'verified') {
    const problem = REFUSALS[verification.code];
    recordRefusedWebhook(problem.code, requestId);
    return problemResponse(problem, requestId);
  }
  const { event } = verification;
  const outcome = await handleStripeEvent(convergeDeps(), event).catch((error: unknown) => {
    countFailedEvent();
    throw error;
  });
  recordStripeEvent(event, outcome, requestId);
  return responseTo({ status: 200, body: { outcome: outcome.code } });
}

export const route = signedRoute('receiveStripeEvent', receive);
