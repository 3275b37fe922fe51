import { ApiError } from '../calls/errors.ts';

/** A failure of later calls. */
export interface InjectedFailure {
  /** Status of the response; `reset` closes the connection. Absent: the usual response, `delayMs` late. */
  readonly response?: number | 'reset';
  /** The call takes effect; only its response is lost. @default false */
  readonly applied?: boolean;
  /** Real milliseconds before the response. @default 0 */
  readonly delayMs?: number;
  /** Number of calls that fail. @default 1 */
  readonly times?: number;
  /** Number of calls that succeed before. @default 0 */
  readonly after?: number;
  /** HTTP method of the calls. @default all */
  readonly method?: string;
  /** Prefix of the calls' paths. @default all */
  readonly path?: string;
  /** `Retry-After` of a 429. @default 1 */
  readonly retryAfterSeconds?: number;
  /** Sends `Stripe-Should-Retry`. @default not sent */
  readonly shouldRetry?: boolean;
}

interface Scheduled {
  readonly failure: InjectedFailure;
  skips: number;
  left: number;
}

export class InjectedFailures {
  #scheduled: Scheduled[] = [];

  add(failure: InjectedFailure): void {
    this.#scheduled.push({ failure, skips: failure.after ?? 0, left: failure.times ?? 1 });
  }

  clear(): void {
    this.#scheduled = [];
  }

  /** Returns the failure of this call, if any. */
  next(method: string, path: string): InjectedFailure | undefined {
    const found = this.#scheduled.find(
      ({ failure }) =>
        (failure.method === undefined || failure.method === method) &&
        (failure.path === undefined || path.startsWith(failure.path)),
    );
    if (!found) return undefined;
    if (found.skips-- > 0) return undefined;
    if (--found.left <= 0) this.#scheduled = this.#scheduled.filter((scheduled) => scheduled !== found);
    return found.failure;
  }
}

/** Returns the error of a failure with a status. */
export function failureError(failure: InjectedFailure): ApiError {
  if (failure.response === 429) return tooManyRequests(failure);
  const { response, shouldRetry, retryAfterSeconds } = failure;
  const headers = {
    ...(shouldRetry !== undefined && { 'stripe-should-retry': String(shouldRetry) }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  const message = 'An unknown error occurred';
  return new ApiError(typeof response === 'number' ? response : 500, { type: 'api_error', message }, headers);
}

/** A 429. Stripe's SDK retries it only if `stripe-should-retry` is set. */
function tooManyRequests({ retryAfterSeconds, shouldRetry }: InjectedFailure): ApiError {
  return new ApiError(
    429,
    {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message:
        'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
    {
      'retry-after': String(retryAfterSeconds ?? 1),
      'stripe-rate-limited-reason': 'global-rate',
      ...(shouldRetry !== undefined && { 'stripe-should-retry': String(shouldRetry) }),
    },
  );
}
