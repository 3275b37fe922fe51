import { describe, expect, it } from 'vitest';
import {
  AccountBusy,
  AnswerLost,
  OutcomeUnknown,
  StripeRefused,
  Unavailable,
} from '../../../shared/domain/faults.ts';

const cause = new Error('socket hang up');

describe('a fault', () => {
  it('has a Retry-After of one second, unless its source gives another', () => {
    expect(new Unavailable('throttled').retryAfterSeconds).toBe(1);
    expect(new Unavailable('throttled', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30);
    expect(new AnswerLost('timed out').retryAfterSeconds).toBe(1);
    expect(new AccountBusy('full').retryAfterSeconds).toBe(5);
  });

  it('keeps its message, its cause and a stable code', () => {
    const faults = [
      new Unavailable('m', { cause }),
      new AnswerLost('m', { cause }),
      new AccountBusy('m', { cause }),
    ];
    expect(faults.map(({ code }) => code)).toEqual(['unavailable', 'unavailable', 'account_busy']);
    for (const fault of faults) expect(fault).toMatchObject({ message: 'm', cause });
  });

  it('with an unknown outcome names the operation to retry', () => {
    expect(new OutcomeUnknown('op_1', { cause })).toMatchObject({
      code: 'outcome_unknown',
      operationId: 'op_1',
      message: 'the operation may or may not have been applied',
      cause,
    });
  });
});

describe('a refusal by Stripe', () => {
  const refusal = {
    type: 'StripeInvalidRequestError',
    stripeCode: 'resource_missing',
    param: 'line_items[0][price]',
    statusCode: 400,
    stripeRequestId: 'req_1',
  };

  it('states the error and its id in Stripe’s log', () => {
    const fault = new StripeRefused(refusal);
    expect(fault).toMatchObject({ code: 'stripe_refused', name: 'StripeRefused', refusal });
    expect(fault.message).toBe(
      'Stripe refused a call: StripeInvalidRequestError, resource_missing, line_items[0][price], status 400, request req_1',
    );
  });

  it('states that it has no code or parameter', () => {
    const { message } = new StripeRefused({ ...refusal, stripeCode: undefined, param: undefined });
    expect(message).toBe(
      'Stripe refused a call: StripeInvalidRequestError, no code, status 400, request req_1',
    );
  });
});
