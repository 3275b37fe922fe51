import type { MiddlewareObj } from '@middy/core';
import { Fault, OutcomeUnknown, StripeRefused } from '../../shared/domain/faults.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import type { HttpEvent } from './http-event.ts';
import type { Problem } from './problems.ts';
import { type HttpResponse, problemResponse } from './response.ts';

/** Maps exceptions to problems: faults to 502 and 503, anything else to a 500 without details. */
export function answerErrors(operation: string): MiddlewareObj<HttpEvent, HttpResponse> {
  return {
    onError: ({ error, event }) => {
      const problem = problemOf(error);
      const { requestId } = event.requestContext;
      const line = { operation, code: problem.code, requestId };
      if (error instanceof Fault) {
        const operationId = error instanceof OutcomeUnknown ? error.operationId : null;
        logger.warn('fault', { ...line, operationId, error });
      } else logger.error('unexpected error', { ...line, error: error ?? new Error('nothing was thrown') });
      return problemResponse(problem, requestId);
    },
  };
}

/** Maps an exception to a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof OutcomeUnknown) {
    const { code, operationId, retryAfterSeconds } = error;
    const detail = `The request may or may not have been applied. Retry with "Idempotency-Key: ${operationId}": it is applied at most once.`;
    return { code, detail, retryAfterSeconds, extensions: { operationId } };
  }
  if (error instanceof StripeRefused) {
    const { type, stripeCode, stripeRequestId } = error.refusal;
    const detail = `Stripe rejected the call; the operator of this service must fix this: ${type}, ${stripeCode ?? 'no code'}, Stripe's request ${stripeRequestId ?? 'unknown'}.`;
    return { code: error.code, detail };
  }
  if (error instanceof Fault) {
    const { code, retryAfterSeconds } = error;
    return { code, detail: 'Nothing was changed. Retry later.', retryAfterSeconds };
  }
  return {
    code: 'internal_error',
    detail: 'Internal error. It has been logged; quote `instance` when you report it.',
  };
}
