import { ENV, type OperationName, type OperationOf, ROUTES, type Route } from '../../shared/contract.ts';
import { now } from '../runtime/composition/core.ts';
import { env } from '../runtime/env.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { amountTooLarge } from './amount-bound.ts';
import { answerError } from './answer-errors.ts';
import { authorize, type Caller, checkBinding, checkProbe } from './authorization.ts';
import { decodeRequest } from './decode-request.ts';
import type { HttpEvent } from './http-event.ts';
import { callerOf } from './identify-caller.ts';
import { limitCaller } from './limit-caller.ts';
import { recordDecision } from './record-decision.ts';
import type { Reply } from './reply.ts';
import type { DecodedRequest, RequestShape } from './request-shape.ts';
import { type HttpResponse, problemResponse, responseTo } from './response.ts';

export type { HttpRoute };

/**
 * One route of the contract. Only the functions below make one: its private part keeps any other object from
 * being a route.
 */
class HttpRoute<O extends OperationName = OperationName> {
  readonly operation: O;
  readonly #serve: (event: HttpEvent) => Promise<HttpResponse>;

  constructor(operation: O, serve: (event: HttpEvent) => Promise<HttpResponse>) {
    this.operation = operation;
    this.#serve = serve;
  }

  /** Answers a request. Never throws: a fault becomes a problem. */
  async answer(event: HttpEvent): Promise<HttpResponse> {
    try {
      return await this.#serve(event);
    } catch (error) {
      return answerError(error, this.operation, event.requestContext.requestId);
    }
  }
}

/**
 * Makes a route. Before it calls `work`, it checks that the caller's key has the route's scope and is within
 * its rate limit, that the request fits the shape and the deployment's bound on amounts, that a key bound to
 * one user names no other, and that only such a key names a probe. A route cannot be made without these
 * checks: the scope comes from the contract, by the operation's name.
 *
 * @param operation the route's name in `ROUTES`
 * @param shape of its requests
 * @param work calls one use case and encodes its outcome
 *
 * @example
 * export const route = httpRoute('getPlanVersion', getPlanVersionRequest, async ({ path }) => {
 *   const plan = await readPlanVersion(planDeps(), path.planId, Number(path.version));
 *   return plan ? taggedPlan(plan, 200) : { problem: unknownPlanVersion(path.planId, path.version) };
 * });
 */
export function httpRoute<O extends OperationName, S extends RequestShape>(
  operation: O,
  shape: S,
  work: (request: DecodedRequest<S>, caller: Caller) => Promise<Reply>,
): HttpRoute<O> {
  const { scope }: Route = ROUTES[operation];

  async function reply(event: HttpEvent, arrivedAt: number): Promise<Reply> {
    const authorized = authorize(scope === null ? {} : await callerOf(event), scope);
    if ('problem' in authorized) return authorized;
    const limited = await limitCaller(authorized.caller);
    if (limited) return { problem: limited };
    const decoded = decodeRequest(event, shape, arrivedAt);
    if ('problem' in decoded) return decoded;
    const tooLarge = shape.isBounded && amountTooLarge(decoded.request.body ?? {}, env[ENV.maxAmount]);
    if (tooLarge) return { problem: tooLarge };
    const refused = checkSubject(authorized.caller, subjectOf(decoded.request));
    return refused ? { problem: refused } : work(decoded.request, authorized.caller);
  }

  function checkSubject(caller: Caller, userId: string | undefined) {
    const foreign = checkBinding(caller, userId, scope);
    // The first key of a probe cannot be created by one that is bound to it.
    return foreign ?? (operation === 'createApiKey' ? undefined : checkProbe(caller, userId));
  }

  return new HttpRoute(operation, async (event) => {
    const arrivedAt = now();
    const replied = await reply(event, arrivedAt);
    const { requestId } = event.requestContext;
    return encode(replied, { operation, durationMs: now() - arrivedAt, requestId });
  });
}

/**
 * Makes a route whose caller proves itself by a signature over the raw bytes, which decoding would lose: the
 * webhook's.
 *
 * @param receive verifies the signature before anything else
 */
export function signedRoute<O extends OperationOf<'stripe-webhook'>>(
  operation: O,
  receive: (event: HttpEvent) => Promise<HttpResponse>,
): HttpRoute<O> {
  return new HttpRoute(operation, receive);
}

interface Request {
  readonly operation: OperationName;
  readonly durationMs: number;
  readonly requestId: string;
}

/** Logs a decision or a refusal, and encodes the reply. */
function encode(reply: Reply, { operation, durationMs, requestId }: Request): HttpResponse {
  if (reply.decision) recordDecision(reply.decision, { operation, durationMs, requestId });
  if (!('problem' in reply)) return responseTo(reply);
  const { problem } = reply;
  // Requests above a key's rate are counted (`limitCaller`): a line for each would cost what the limit saves.
  if (!reply.decision && problem.code !== 'rate_limited')
    logger.info('refused', { operation, code: problem.code, durationMs, requestId });
  return problemResponse(problem, requestId);
}

/** The user that a request names. */
function subjectOf({
  path,
  body,
}: {
  path?: object | undefined;
  body?: object | undefined;
}): string | undefined {
  for (const part of [path, body]) {
    if (part && 'userId' in part && typeof part.userId === 'string') return part.userId;
  }
  return undefined;
}
