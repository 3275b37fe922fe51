import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { handleStripeEvent } from '../../shared/usecases/subscriptions/handle-stripe-event.ts';
import { answerErrors } from '../http/answer-errors.ts';
import type { HttpEvent } from '../http/http-event.ts';
import { type HttpResponse, problemResponse, responseTo } from '../http/response.ts';
import { INVALID_SIGNATURE, UNSUPPORTED_EVENT } from '../http/responses/billing-problems.ts';
import { convergeDeps, verifyStripeSignature } from '../runtime/composition/billing.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import {
  countFailedEvent,
  recordRefusedWebhook,
  recordStripeEvent,
} from '../runtime/telemetry/record-stripe.ts';

/** Not made by `httpHandler`: who calls is proved by a signature over the very bytes, which no decoding may touch. */
async function receive({ body = '', isBase64Encoded, headers, requestContext }: HttpEvent) {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const verification = await verifyStripeSignature(bytes, headers['stripe-signature']);
  const { requestId } = requestContext;
  if (verification.code !== 'verified') {
    const problem = verification.code === 'unsupported' ? UNSUPPORTED_EVENT : INVALID_SIGNATURE;
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

export const handler = middy<HttpEvent, HttpResponse>()
  .use(injectLambdaContext(logger))
  .use(answerErrors('receiveStripeEvent'))
  .handler(receive);
