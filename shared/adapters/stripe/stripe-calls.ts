import Stripe from 'stripe';
import { StripeRefused, Unavailable } from '../../domain/faults.ts';
import { TokenBucket } from '../../domain/token-bucket.ts';

export interface StripeCallsDeps {
  /** Creates the client on first use, such as after its key was read. */
  readonly client: () => Promise<Stripe>;
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** @default 15: Stripe's limit is 25 in test mode, 100 with a live key, for the whole account */
  readonly callsPerSecond?: number;
}

/**
 * Calls to Stripe, rate-limited per environment.
 *
 * @throws Unavailable when Stripe is busy or does not answer, with its `Retry-After`; `StripeRefused` for all
 * other errors
 */
export class StripeCalls {
  readonly #deps: StripeCallsDeps;
  readonly #bucket: TokenBucket;

  constructor(deps: StripeCallsDeps) {
    this.#deps = deps;
    this.#bucket = new TokenBucket(deps.callsPerSecond ?? 15, deps.now());
  }

  async call<T>(send: (stripe: Stripe) => Promise<T>): Promise<T> {
    const stripe = await this.#deps.client();
    const waitMs = this.#bucket.take(this.#deps.now());
    if (waitMs > 0) await this.#deps.sleep(waitMs);
    try {
      return await send(stripe);
    } catch (error) {
      throw error instanceof Stripe.errors.StripeError ? toFault(error) : error;
    }
  }

  /** As `call`; `undefined` if Stripe has no such object. */
  async find<T>(send: (stripe: Stripe) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.call(send);
    } catch (error) {
      if (error instanceof StripeRefused && error.refusal.stripeCode === 'resource_missing') return undefined;
      throw error;
    }
  }

  /** All results of a search, page by page. */
  async everyPage<T>(
    search: (stripe: Stripe, page: { page?: string }) => Promise<Stripe.ApiSearchResult<T>>,
  ): Promise<T[]> {
    const found: T[] = [];
    for (let next: string | null | undefined; next !== null; ) {
      const page = next === undefined ? {} : { page: next };
      const answer = await this.call((stripe) => search(stripe, page));
      found.push(...answer.data);
      next = answer.next_page ?? null;
    }
    return found;
  }
}

/** Its own message may quote the request, so it is not passed on. */
function toFault(error: Stripe.errors.StripeError): Error {
  const { statusCode, code, type, param, requestId } = error;
  const isBusy = statusCode === 429 || code === 'lock_timeout' || statusCode === 409;
  if (statusCode !== undefined && statusCode < 500 && !isBusy) {
    return new StripeRefused({ type, stripeCode: code, param, statusCode, stripeRequestId: requestId });
  }
  return new Unavailable(`Stripe did not take a call: ${error.type}, status ${statusCode ?? 'none'}`, {
    retryAfterSeconds: retryAfterOf(error),
  });
}

/** Stripe's `Retry-After` in seconds, 1 to 60; without one, 1. */
function retryAfterOf({ headers }: Stripe.errors.StripeError): number {
  const seconds = Number(Object(headers)['retry-after']);
  return Number.isFinite(seconds) ? Math.min(60, Math.max(1, Math.ceil(seconds))) : 1;
}
