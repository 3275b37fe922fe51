/**
 * Base class of faults: failures of a valid request. Expected outcomes are values, not faults. Each fault has
 * a stable code and the delay after which a retry makes sense.
 */
export abstract class Fault extends Error {
  abstract readonly code: 'unavailable' | 'outcome_unknown' | 'account_busy' | 'stripe_refused';
  readonly retryAfterSeconds: number = 1;
}

/** The store rejected the request or was never reached; nothing was changed. A retry is safe. */
export class Unavailable extends Fault {
  readonly code = 'unavailable';
  override readonly retryAfterSeconds: number;

  constructor(message: string, { retryAfterSeconds = 1, ...options }: UnavailableOptions = {}) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface UnavailableOptions extends ErrorOptions {
  /** The delay that the rejecting service asks for. @default 1 */
  readonly retryAfterSeconds?: number;
}

/** A request was sent to the store and its response was lost: a write may have been applied. */
export class AnswerLost extends Fault {
  readonly code = 'unavailable';
  /** Whether the store reset a connection that had been idle before: a symptom of idleness, not of load. */
  readonly onReuse: boolean;

  constructor(message: string, { onReuse = false, ...options }: AnswerLostOptions = {}) {
    super(message, options);
    this.onReuse = onReuse;
  }
}

export interface AnswerLostOptions extends ErrorOptions {
  /** @default false */
  readonly onReuse?: boolean;
}

/**
 * The time budget ended with a response lost. A retry with `operationId` as its Idempotency-Key is charged at
 * most once.
 */
export class OutcomeUnknown extends Fault {
  readonly code = 'outcome_unknown';
  readonly operationId: string;

  constructor(operationId: string, options?: ErrorOptions) {
    super('the operation may or may not have been applied', options);
    this.operationId = operationId;
  }
}

/** The account remembers as many recent operations as it can; nothing was changed. */
export class AccountBusy extends Fault {
  readonly code = 'account_busy';
  override readonly retryAfterSeconds = 5;
}

/** Stripe's description of a rejected call, without any content of the request. */
export interface StripeRefusal {
  /** The kind of error, such as `StripeInvalidRequestError`. */
  readonly type: string;
  /** Stripe's stable code, such as `resource_missing`. */
  readonly stripeCode: string | undefined;
  /** The parameter that was wrong, such as `line_items[0][price]`. */
  readonly param: string | undefined;
  readonly statusCode: number | undefined;
  /** Identifies the call in Stripe's own log. */
  readonly stripeRequestId: string | undefined;
}

/** Stripe rejected a call that was invalid, or whose key lacks the permission: a retry does not help. */
export class StripeRefused extends Fault {
  readonly code = 'stripe_refused';
  readonly refusal: StripeRefusal;

  constructor(refusal: StripeRefusal) {
    const { type, stripeCode, param, statusCode, stripeRequestId } = refusal;
    const about = [type, stripeCode ?? 'no code', ...(param ? [param] : []), `status ${statusCode}`].join(
      ', ',
    );
    super(`Stripe refused a call: ${about}, request ${stripeRequestId}`);
    this.name = 'StripeRefused';
    this.refusal = refusal;
  }
}
