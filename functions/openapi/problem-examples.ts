import { encodeTime } from 'ulid';
import { AMOUNT_BOUND } from '../../shared/contract.ts';
import { AccountBusy, OutcomeUnknown, StripeRefused, Unavailable } from '../../shared/domain/faults.ts';
import { amountTooLarge } from '../http/amount-bound.ts';
import { problemOf } from '../http/answer-errors.ts';
import { lacksScope, NOT_A_KEY, WRONG_USER } from '../http/authorization.ts';
import { decodeIdempotencyKey } from '../http/idempotency-key.ts';
import { decodeBody } from '../http/json-body.ts';
import { rateLimited } from '../http/limit-caller.ts';
import { invalidRequest, type Problem, type ProblemCode } from '../http/problems.ts';
import { unknownApiKey } from '../http/responses/api-key-view.ts';
import {
  ALREADY_SUBSCRIBED,
  INVALID_SIGNATURE,
  NO_CUSTOMER,
  NOT_CONFIGURED,
  noTrial,
  priceUnusable,
  TRIAL_USED,
  UNSUPPORTED_EVENT,
  unknownPrice,
  WEBHOOK_NOT_CONFIGURED,
} from '../http/responses/billing-problems.ts';
import { type AnyDenial, KEY_EXPIRED, KEY_REUSED } from '../http/responses/denials.ts';
import { jobRunning, unknownJob } from '../http/responses/job-view.ts';
import { priceTaken, unknownPlan, unknownPlanVersion, versionMismatch } from '../http/responses/plan-view.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { tooManyDays } from '../http/responses/report/report-problems.ts';
import { RELEASED, SETTLED } from '../http/responses/reservation-reply.ts';
import { rangeNotKept } from '../http/responses/usage-view.ts';
import { type DenialCode, isDenial, type Subject } from './problems.ts';
import { NOW, sample } from './sample-account.ts';

const json = { 'content-type': 'application/json' };
const body = (text: string, headers: Record<string, string> = json) =>
  problemIn(decodeBody({ body: text, headers, isBase64Encoded: false }));
const problemOfAmount = (amount: number) =>
  problemIn({ problem: amountTooLarge({ amount }, AMOUNT_BOUND.byDefault) });
const ULID_OF_NOW = encodeTime(NOW, 10) + 'A'.repeat(16);
const TWO_HOURS_MS = 7_200_000;

interface DenialExample {
  readonly denial: AnyDenial;
  readonly type?: string;
  readonly amount?: number;
  readonly retryAt?: number;
}

const DENIALS: Readonly<Record<DenialCode, DenialExample>> = {
  limit_too_large: { denial: { code: 'limit_too_large', feature: 'aiRequest' } },
  suspended: { denial: { code: 'suspended' } },
  unknown_feature: { denial: { code: 'unknown_feature', feature: 'videoMinutes' }, type: 'videoMinutes' },
  reservation_not_found: { denial: { code: 'reservation_not_found' } },
  reservation_expired: {
    denial: {
      code: 'reservation_expired',
      expiresAt: NOW - 90_000_000,
      settleableUntil: NOW - 3_600_000,
    },
  },
  not_a_gauge: { denial: { code: 'not_a_gauge', feature: 'aiRequest' } },
  release_exceeds_usage: {
    denial: { code: 'release_exceeds_usage', feature: 'storage', used: 73_400_320 },
    type: 'storage',
    amount: 100_000_000,
  },
  exceeded: {
    denial: { code: 'exceeded', feature: 'aiRequest', interval: 'month' },
    amount: 60,
    retryAt: Date.parse('2026-12-01T00:00:00Z'),
  },
  too_many_reservations: {
    denial: { code: 'too_many_reservations', limit: 100 },
    retryAt: NOW + 300_000,
  },
};

const EXAMPLES: Readonly<Record<Exclude<ProblemCode, DenialCode>, Problem>> = {
  invalid_json: body('{"userId": "user-42" "type": "aiRequest"}'),
  invalid_request: invalidRequest([
    { path: 'amount', message: 'must be an integer from 1 to 9007199254740991', code: 'too_small' },
  ]),
  amount_too_large: problemOfAmount(AMOUNT_BOUND.byDefault + 1),
  clock_ahead: problemIn(decodeIdempotencyKey({ 'idempotency-key': ULID_OF_NOW }, NOW - TWO_HOURS_MS)),
  invalid_signature: INVALID_SIGNATURE,
  webhook_not_configured: WEBHOOK_NOT_CONFIGURED,
  unsupported_event: UNSUPPORTED_EVENT,
  range_too_large: tooManyDays(93),
  range_not_kept: rangeNotKept('2026-08-22'),
  invalid_api_key: NOT_A_KEY,
  insufficient_scope: lacksScope('quota'),
  wrong_user: WRONG_USER,
  unknown_plan: unknownPlan('platinum'),
  unknown_plan_version: unknownPlanVersion('pro', '9'),
  unknown_price: unknownPrice('pro', 'weekly'),
  unknown_api_key: unknownApiKey(),
  unknown_job: unknownJob('quota-rest'),
  already_subscribed: ALREADY_SUBSCRIBED,
  job_running: jobRunning('quota-reset', '01KAJ0Q2F0ZV9W5T2M4X7B8C1D'),
  trial_used: TRIAL_USED,
  no_trial: noTrial('pro'),
  no_customer: NO_CUSTOMER,
  price_taken: priceTaken({ priceId: 'price_1SYpro0000000000monthly', planId: 'team' }),
  price_unusable: priceUnusable('pro', 'price_1SYpro0000000000monthly'),
  reservation_released: RELEASED,
  reservation_settled: SETTLED,
  version_mismatch: versionMismatch('pro', { version: 4 }),
  body_too_large: body(' '.repeat(70_000)),
  unsupported_media_type: body('a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
  key_reused: KEY_REUSED,
  key_expired: KEY_EXPIRED,
  rate_limited: rateLimited({ requestsPerSecond: 50, burst: 100 }, 1),
  internal_error: problemOf(new Error('anything')),
  stripe_refused: problemOf(
    new StripeRefused({
      type: 'StripePermissionError',
      stripeCode: undefined,
      param: undefined,
      statusCode: 403,
      stripeRequestId: 'req_1SYuser42',
    }),
  ),
  unavailable: problemOf(new Unavailable('busy')),
  billing_not_configured: NOT_CONFIGURED,
  outcome_unknown: problemOf(new OutcomeUnknown(`op_${ULID_OF_NOW}`)),
  account_busy: problemOf(new AccountBusy('busy')),
};

/** One occurrence of a problem, made by the code that serves requests. */
export function problemExample(code: ProblemCode, subject: Subject): Problem {
  return isDenial(code) ? denied(DENIALS[code], subject) : EXAMPLES[code];
}

/** A denial as the API returns it: with the result in it. */
function denied({ denial, type = 'aiRequest', amount = 1, retryAt }: DenialExample, about: Subject): Problem {
  const amounts = new Map([[type, amount]]);
  return problemIn(
    replyToChange(
      { code: 'denied', denial, account: sample, asOf: NOW, planAsOf: NOW, retryAt, plansAhead: undefined },
      { userId: sample.userId, amounts, about },
      NOW,
    ),
  );
}

function problemIn(value: object): Problem {
  if ('problem' in value) return value.problem as Problem; // the decoders' only use of the name
  throw new Error('an example that should fail was accepted');
}
