import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { handleStripeEvent } from '../../shared/usecases/handle-stripe-event.ts';
import { INVALID_SIGNATURE, UNSUPPORTED_EVENT } from '../replies/billing-problems.ts';
import { answerErrors } from '../runtime/answer-errors.ts';
import { convergeDeps, verifyStripeSignature } from '../runtime/billing-composition.ts';
import type { HttpEvent } from '../runtime/http-event.ts';
import { logger } from '../runtime/logger.ts';
import { countFailedEvent, recordRefusedWebhook, recordStripeEvent } from '../runtime/record-stripe.ts';
import { type HttpResponse, problemResponse, responseTo } from '../runtime/response.ts';

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
