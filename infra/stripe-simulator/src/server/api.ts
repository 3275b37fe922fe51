import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import type { Route } from '../calls/call.ts';
import { ApiError, invalidRequest } from '../calls/errors.ts';
import { type FormObject, parseForm } from '../calls/form-body.ts';
import type { ApiRequest, ApiResponse } from '../calls/http.ts';
import { Params } from '../calls/params.ts';
import type { World } from '../world/world.ts';
import { authenticate } from './authentication.ts';
import { expandAnswer } from './expand.ts';
import { type Fault, Faults, faultAnswer } from './faults.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { Router } from './router.ts';

/** A call that was made, for those who count. `status` is undefined when the connection was cut. */
export interface CallRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
}

/** Serves API calls: lets them in, runs them once, and answers as Stripe would. */
export class Api {
  readonly faults = new Faults();
  readonly calls: CallRecord[] = [];
  readonly #world: World;
  readonly #router: Router;
  readonly #keys: IdempotencyKeys;

  constructor(world: World, routes: readonly Route[]) {
    this.#world = world;
    this.#router = new Router(routes);
    this.#keys = new IdempotencyKeys(world.idempotencyKeys);
  }

  /** Undefined when the connection is to be cut. */
  async serve(request: ApiRequest): Promise<ApiResponse | undefined> {
    const path = request.target.split('?')[0] ?? '';
    const requestId = this.#world.requestIds.short('request');
    const answer = await this.#answer(request, path, requestId).catch((error) => toAnswer(error));
    this.calls.push({ method: request.method, path, status: answer?.status });
    return answer && { ...answer, headers: { ...commonHeaders(request, requestId), ...answer.headers } };
  }

  async #answer(request: ApiRequest, path: string, requestId: string): Promise<ApiResponse | undefined> {
    authenticate(request.headers.authorization, this.#world.settings.secretKey);
    checkVersion(request.headers['stripe-version']);
    const fault = this.faults.next(request.method, path);
    if (fault?.answer !== undefined && !fault.applied) {
      await sleep(fault.delayMs ?? 0);
      return failed(fault);
    }
    const answer = await this.#once(request, path, requestId, fault?.delayMs ?? 0);
    return fault?.answer === undefined ? answer : failed(fault);
  }

  /** The same key is answered the same; the call is under way until its answer goes out. */
  async #once(request: ApiRequest, path: string, requestId: string, delayMs: number): Promise<ApiResponse> {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const kept =
      key === undefined ? undefined : this.#keys.claim(key, path, request.body, this.#world.main.now());
    if (kept) {
      const headers = { 'idempotent-replayed': 'true', 'original-request': kept.requestId };
      return { status: kept.status, body: kept.body, headers };
    }
    const answer = this.#run(request, path, requestId, key);
    if (delayMs > 0) await sleep(delayMs);
    if (key === undefined) return answer;
    // What was refused before anything ran is not kept: the caller may correct it.
    if (answer.status === 200 || answer.status === 402) {
      this.#keys.keep(key, { status: answer.status, body: answer.body, requestId });
    } else this.#keys.forget(key);
    return { ...answer, headers: { ...answer.headers, 'original-request': requestId } };
  }

  #run(request: ApiRequest, path: string, requestId: string, key: string | undefined): ApiResponse {
    const match = this.#router.find(request.method, path);
    if (!match) return toAnswer(unknownUrl(request.method, path));
    const { expand, ...values } = readForm(request);
    const world = this.#world;
    try {
      const paths = new Params(expand === undefined ? {} : { expand }).texts('expand') ?? [];
      const params = new Params(values);
      const result = world.onBehalfOf({ id: requestId, idempotency_key: key ?? null }, () =>
        match.route.handle({ world, params, id: match.id }),
      );
      return { status: 200, headers: {}, body: expandAnswer(world, result, paths) };
    } catch (error) {
      return toAnswer(error);
    }
  }
}

function failed(fault: Fault): ApiResponse | undefined {
  return fault.answer === 'reset' ? undefined : toAnswer(faultAnswer(fault));
}

function readForm({ target, body }: ApiRequest): FormObject {
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  return parseForm([query, body].filter((part) => part !== '').join('&'));
}

/** One version is simulated, the one that the SDK here is pinned to. */
function checkVersion(version: string | undefined): void {
  if (version === undefined || version === Stripe.API_VERSION) return;
  throw invalidRequest(
    `Invalid Stripe API version: ${version}. This simulator speaks ${Stripe.API_VERSION}.`,
  );
}

function unknownUrl(method: string, path: string): ApiError {
  const message = `Unrecognized request URL (${method}: ${path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
  return new ApiError(404, { type: 'invalid_request_error', message });
}

function toAnswer(error: unknown): ApiResponse {
  if (!(error instanceof ApiError)) {
    const message = `The simulator failed: ${error instanceof Error ? error.stack : String(error)}`;
    return toAnswer(new ApiError(500, { type: 'api_error', message }));
  }
  const { code } = error.body;
  const page = code && `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}`;
  const body = { ...error.body, ...(page && { doc_url: page }) };
  return { status: error.status, headers: error.headers, body: JSON.stringify({ error: body }, null, 2) };
}

function commonHeaders({ headers }: ApiRequest, requestId: string): Record<string, string> {
  const key = headers['idempotency-key'];
  return {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': headers['stripe-version'] ?? Stripe.API_VERSION,
    ...(key !== undefined && { 'idempotency-key': key }),
  };
}
