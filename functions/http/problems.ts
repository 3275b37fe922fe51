/**
 * Every problem of a request, with its HTTP status: the one table for outcomes, faults and invalid input.
 * `title` is the same for every occurrence (RFC 9457 §3.1.3); `detail` explains how to fix this one.
 */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_request: { status: 400, title: 'The request is not valid' },
  clock_ahead: { status: 400, title: "The caller's clock is ahead" },
  invalid_signature: { status: 400, title: "The signature is not Stripe's" },
  unsupported_event: { status: 400, title: 'The event has an unsupported payload style' },
  range_too_large: { status: 400, title: 'The range has too many days' },
  range_not_kept: { status: 400, title: 'The range begins before the usage that is kept' },
  amount_too_large: { status: 400, title: 'The amount is too large' },
  limit_too_large: { status: 400, title: 'The limit would be too large' },
  invalid_api_key: { status: 401, title: 'The API key is not valid' },
  insufficient_scope: { status: 403, title: 'The API key lacks the required scope' },
  wrong_user: { status: 403, title: 'The API key is bound to another user' },
  suspended: { status: 403, title: 'The account is suspended' },
  unknown_feature: { status: 403, title: "The user's plan does not have the feature" },
  unknown_plan: { status: 404, title: 'The plan does not exist' },
  unknown_plan_version: { status: 404, title: 'The plan version does not exist' },
  unknown_price: { status: 404, title: 'The plan does not have the price' },
  unknown_api_key: { status: 404, title: 'The API key does not exist' },
  unknown_job: { status: 404, title: 'The job does not exist' },
  webhook_not_configured: { status: 404, title: 'The webhook is not configured' },
  reservation_not_found: { status: 404, title: 'The reservation does not exist' },
  already_subscribed: { status: 409, title: 'The user already has a subscription' },
  job_running: { status: 409, title: 'The job is already running' },
  trial_used: { status: 409, title: 'The user already had a trial' },
  no_trial: { status: 409, title: 'The plan has no trial' },
  no_customer: { status: 409, title: 'The user is not a customer yet' },
  not_a_gauge: { status: 409, title: 'The feature is not a gauge' },
  price_taken: { status: 409, title: 'The price belongs to another plan' },
  price_unusable: { status: 409, title: 'Stripe does not sell the price' },
  release_exceeds_usage: { status: 409, title: 'The release exceeds the usage' },
  reservation_released: { status: 409, title: 'The reservation was released' },
  reservation_settled: { status: 409, title: 'The reservation was confirmed' },
  reservation_expired: { status: 410, title: 'The reservation has expired' },
  version_mismatch: { status: 412, title: 'The plan is not in the expected version' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  key_expired: { status: 422, title: 'The Idempotency-Key is older than the ledger that is kept' },
  exceeded: { status: 429, title: 'The quota is exceeded' },
  rate_limited: { status: 429, title: 'The API key sends too many requests' },
  too_many_reservations: { status: 429, title: 'Too many reservations are open' },
  internal_error: { status: 500, title: 'Internal error' },
  stripe_refused: { status: 502, title: 'Stripe rejected the call' },
  unavailable: { status: 503, title: 'The service is busy' },
  billing_not_configured: { status: 503, title: 'Stripe is not configured' },
  outcome_unknown: { status: 503, title: 'The outcome is unknown' },
  account_busy: { status: 503, title: 'The account is busy' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One error in the input: its path, and what a valid value looks like. */
export interface InputError {
  /** Such as `items[2].amount`, a parameter's or header's name, or `body` for the whole of it. */
  readonly path: string;
  readonly message: string;
  readonly code: string;
}

/** A request that failed, before it becomes a response. */
export interface Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly InputError[];
  /** Absent if waiting does not help. */
  readonly retryAfterSeconds?: number | undefined;
  /** Further members of the problem document. */
  readonly extensions?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Cap on reported errors: a 64 KB body can hold thousands, and each report is longer than the error. */
const MAX_FAULTS = 50;

/** A problem for invalid input, with the path of every error. */
export function invalidRequest(errors: readonly InputError[]): Problem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first ? `${first.path}: ${first.message}${more}` : '';
  return { code: 'invalid_request', detail, errors: errors.slice(0, MAX_FAULTS) };
}

/** Whole seconds until an instant (epoch ms), 1 or more. */
export function secondsUntil(instant: number, now: number): number {
  return Math.max(1, Math.ceil((instant - now) / 1000));
}

/** The stable type of a problem; a URN, since there is no page for it. */
export function problemType(code: ProblemCode): string {
  return `urn:quota-service:problem:${code}`;
}
