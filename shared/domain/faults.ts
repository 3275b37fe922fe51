/**
 * Faults: what goes wrong although the request was right. Expected outcomes are values, not these. Each has a
 * stable code and says when trying again makes sense.
 */
export abstract class Fault extends Error {
  abstract readonly code: 'unavailable' | 'outcome_unknown' | 'account_busy' | 'stripe_refused';
  readonly retryAfterSeconds: number = 1;
}

/** The store turned the request away or was never reached; nothing was changed. Trying again is safe. */
export class Unavailable extends Fault {
  readonly code = 'unavailable';
  override readonly retryAfterSeconds: number;

  constructor(message: string, { retryAfterSeconds = 1, ...options }: UnavailableOptions = {}) {
    super(message, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export interface UnavailableOptions extends ErrorOptions {
  /** When whoever turned it away wants to be asked again. @default 1 */
  readonly retryAfterSeconds?: number;
}

/** A request was sent to the store and its answer lost: a write may have been applied. */
export class AnswerLost extends Fault {
  readonly code = 'unavailable';
}

/**
 * The time budget ended with an answer lost. Sending the request again with `operationId` as its
 * Idempotency-Key charges it at most once.
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

/** What Stripe said when it refused a call; none of it quotes what was sent. */
export interface StripeRefusal {
  /** The kind of error, such as `StripeInvalidRequestError`. */
  readonly type: string;
  /** Stripe's stable code, such as `resource_missing`. */
  readonly stripeCode: string | undefined;
  /** The parameter that was wrong, such as `line_items[0][price]`. */
  readonly param: string | undefined;
  readonly statusCode: number | undefined;
  /** By which the call is found in Stripe's own log. */
  readonly stripeRequestId: string | undefined;
}

/** Stripe refused a call that was wrong in itself, or made with a key that may not: trying again does not help. */
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
