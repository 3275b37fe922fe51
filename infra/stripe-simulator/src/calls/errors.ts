import type Stripe from 'stripe';

/** The fields of an error that Stripe's types describe. */
export interface ErrorBody {
  readonly type: Stripe.Invoice.LastFinalizationError.Type;
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly charge?: string;
}

/** An error response with Stripe's status and text. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: ErrorBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: ErrorBody, headers: Readonly<Record<string, string>> = {}) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function invalidRequest(message: string, details: { param?: string; code?: string } = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...details });
}

export function missingParam(param: string): ApiError {
  return invalidRequest(`Missing required param: ${param}.`, { param, code: 'parameter_missing' });
}

export function unknownParam(param: string): ApiError {
  return invalidRequest(`Received unknown parameter: ${param}`, { param, code: 'parameter_unknown' });
}

/** 404: the object in the path does not exist. */
export function noSuchObject(kind: string, id: string, param = 'id'): ApiError {
  return new ApiError(404, resourceMissing(kind, id, param));
}

/** 400: an object that a parameter names does not exist. */
export function noSuchReference(kind: string, id: string, param: string): ApiError {
  return new ApiError(400, resourceMissing(kind, id, param));
}

function resourceMissing(kind: string, id: string, param: string): ErrorBody {
  const message = `No such ${kind}: '${id}'`;
  return { type: 'invalid_request_error', code: 'resource_missing', message, param };
}

export function cardDeclined(): ApiError {
  return new ApiError(402, {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: 'Your card was declined.',
  });
}

export function noPaymentMethod(): ApiError {
  return invalidRequest(
    'This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.',
    { code: 'resource_missing' },
  );
}
