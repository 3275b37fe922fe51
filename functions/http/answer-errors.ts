import { Fault, OutcomeUnknown, StripeRefused } from '../../shared/domain/faults.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import type { Problem } from './problems.ts';
import { type HttpResponse, problemResponse } from './response.ts';

/**
 * Converts a thrown value to a response and logs it: faults become 502 and 503, anything else a 500 without a
 * reason.
 */
export function answerError(error: unknown, operation: string, requestId: string): HttpResponse {
  const problem = problemOf(error);
  const line = { operation, code: problem.code, requestId };
  if (error instanceof Fault) {
    const operationId = error instanceof OutcomeUnknown ? error.operationId : null;
    logger.warn('fault', { ...line, operationId, error });
  } else logger.error('unexpected error', { ...line, error: error ?? new Error('nothing was thrown') });
  return problemResponse(problem, requestId);
}

/** Maps a thrown value to the problem that the caller receives. */
export function problemOf(error: unknown): Problem {
  if (error instanceof OutcomeUnknown) {
    const { code, operationId, retryAfterSeconds } = error;
    const detail = `The request may or may not have been applied. Send it again with "Idempotency-Key: ${operationId}": it is applied at most once.`;
    return { code, detail, retryAfterSeconds, extensions: { operationId } };
  }
  if (error instanceof StripeRefused) {
    const { type, stripeCode, stripeRequestId } = error.refusal;
    const detail = `Stripe rejected the call; the operator of this service must fix this: ${type}, ${stripeCode ?? 'no code'}, Stripe's request ${stripeRequestId ?? 'unknown'}.`;
    return { code: error.code, detail };
  }
  if (error instanceof Fault) {
    const { code, retryAfterSeconds } = error;
    return { code, detail: 'Nothing was changed. Send the request again later.', retryAfterSeconds };
  }
  return {
    code: 'internal_error',
    detail: 'Internal error. It has been logged; quote `instance` when you report it.',
  };
}
