import { ApiError } from '../calls/errors.ts';

/** Something that goes wrong with calls to come. */
export interface Fault {
  /** A status to answer with; `reset` cuts the connection. Absent: the call is answered as usual, but `delayMs` late. */
  readonly answer?: number | 'reset';
  /** The call takes effect, and only its answer is lost. @default false */
  readonly applied?: boolean;
  /** Milliseconds of real time before the answer. @default 0 */
  readonly delayMs?: number;
  /** How many calls. @default 1 */
  readonly times?: number;
  /** How many calls go well before. @default 0 */
  readonly after?: number;
  /** Calls of this method alone. @default all */
  readonly method?: string;
  /** Calls whose path begins so. @default all */
  readonly path?: string;
  /** For a 429. @default 1 */
  readonly retryAfterSeconds?: number;
  /** Sends `Stripe-Should-Retry`. @default not sent */
  readonly shouldRetry?: boolean;
}

interface Planned {
  readonly fault: Fault;
  skips: number;
  left: number;
}

export class Faults {
  #planned: Planned[] = [];

  add(fault: Fault): void {
    this.#planned.push({ fault, skips: fault.after ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#planned = [];
  }

  /** What is to go wrong with this call. */
  next(method: string, path: string): Fault | undefined {
    const found = this.#planned.find(
      ({ fault }) =>
        (fault.method === undefined || fault.method === method) &&
        (fault.path === undefined || path.startsWith(fault.path)),
    );
    if (!found) return undefined;
    if (found.skips-- > 0) return undefined;
    if (--found.left <= 0) this.#planned = this.#planned.filter((planned) => planned !== found);
    return found.fault;
  }
}

/** The answer of a fault that has a status. */
export function faultAnswer(fault: Fault): ApiError {
  if (fault.answer === 429) return tooManyRequests(fault);
  const { answer, shouldRetry, retryAfterSeconds } = fault;
  const headers = {
    ...(shouldRetry !== undefined && { 'stripe-should-retry': String(shouldRetry) }),
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  };
  const message = 'An unknown error occurred';
  return new ApiError(typeof answer === 'number' ? answer : 500, { type: 'api_error', message }, headers);
}

/** A 429. Stripe's SDK does not retry it by itself unless `stripe-should-retry` is set. */
function tooManyRequests({ retryAfterSeconds, shouldRetry }: Fault): ApiError {
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
