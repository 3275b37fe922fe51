import { setTimeout as sleep } from 'node:timers/promises';
import Stripe from 'stripe';
import type { Route } from '../calls/call.ts';
import { ApiError, invalidRequest } from '../calls/errors.ts';
import { type FormObject, parseForm } from '../calls/form-body.ts';
import type { ApiRequest, ApiResponse } from '../calls/http.ts';
import { Params } from '../calls/params.ts';
import type { World } from '../world/world.ts';
import { authenticate } from './authentication.ts';
import { serializeExpanded } from './expand.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { failureError, type InjectedFailure, InjectedFailures } from './injected-failures.ts';
import { Router } from './router.ts';

/** An API call that was served. `status` is undefined if the connection was closed. */
export interface CallRecord {
  readonly method: string;
  readonly path: string;
  readonly status: number | undefined;
}

/** Serves API calls: authenticates, runs each idempotency key once, and responds as Stripe does. */
export class Api {
  readonly failures = new InjectedFailures();
  readonly calls: CallRecord[] = [];
  readonly #world: World;
  readonly #router: Router;
  readonly #keys: IdempotencyKeys;

  constructor(world: World, routes: readonly Route[]) {
    this.#world = world;
    this.#router = new Router(routes);
    this.#keys = new IdempotencyKeys(world.idempotencyKeys);
  }

  /** Returns undefined if the connection is to be closed. */
  async serve(request: ApiRequest): Promise<ApiResponse | undefined> {
    const path = request.target.split('?')[0] ?? '';
    const requestId = this.#world.requestIds.short('request');
    const response = await this.#respond(request, path, requestId).catch((error) => toResponse(error));
    this.calls.push({ method: request.method, path, status: response?.status });
    return (
      response && { ...response, headers: { ...commonHeaders(request, requestId), ...response.headers } }
    );
  }

  async #respond(request: ApiRequest, path: string, requestId: string): Promise<ApiResponse | undefined> {
    authenticate(request.headers.authorization, this.#world.settings.secretKey);
    checkVersion(request.headers['stripe-version']);
    const failure = this.failures.next(request.method, path);
    if (failure?.response !== undefined && !failure.applied) {
      await sleep(failure.delayMs ?? 0);
      return failed(failure);
    }
    const response = await this.#once(request, path, requestId, failure?.delayMs ?? 0);
    return failure?.response === undefined ? response : failed(failure);
  }

  /** Replays the response of a used key. A key is in use until its response is sent. */
  async #once(request: ApiRequest, path: string, requestId: string, delayMs: number): Promise<ApiResponse> {
    const key = request.method === 'POST' ? request.headers['idempotency-key'] : undefined;
    const kept =
      key === undefined ? undefined : this.#keys.claim(key, path, request.body, this.#world.main.now());
    if (kept) {
      const headers = { 'idempotent-replayed': 'true', 'original-request': kept.requestId };
      return { status: kept.status, body: kept.body, headers };
    }
    const response = this.#run(request, path, requestId, key);
    if (delayMs > 0) await sleep(delayMs);
    if (key === undefined) return response;
    // Responses to rejected calls are not saved: the caller may correct the call.
    if (response.status === 200 || response.status === 402) {
      this.#keys.keep(key, { status: response.status, body: response.body, requestId });
    } else this.#keys.forget(key);
    return { ...response, headers: { ...response.headers, 'original-request': requestId } };
  }

  #run(request: ApiRequest, path: string, requestId: string, key: string | undefined): ApiResponse {
    const match = this.#router.find(request.method, path);
    if (!match) return toResponse(unknownUrl(request.method, path));
    const { expand, ...values } = readForm(request);
    const world = this.#world;
    try {
      const paths = new Params(expand === undefined ? {} : { expand }).texts('expand') ?? [];
      const params = new Params(values);
      const result = world.onBehalfOf({ id: requestId, idempotency_key: key ?? null }, () =>
        match.route.handle({ world, params, id: match.id }),
      );
      return { status: 200, headers: {}, body: serializeExpanded(world, result, paths) };
    } catch (error) {
      return toResponse(error);
    }
  }
}

function failed(failure: InjectedFailure): ApiResponse | undefined {
  return failure.response === 'reset' ? undefined : toResponse(failureError(failure));
}

function readForm({ target, body }: ApiRequest): FormObject {
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  return parseForm([query, body].filter((part) => part !== '').join('&'));
}

/** Only the API version of the SDK is simulated. */
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

function toResponse(error: unknown): ApiResponse {
  if (!(error instanceof ApiError)) {
    const message = `The simulator failed: ${error instanceof Error ? error.stack : String(error)}`;
    return toResponse(new ApiError(500, { type: 'api_error', message }));
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
