import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import { ENV, type OperationName, ROUTES, type Route } from '../../shared/contract.ts';
import { now } from '../runtime/composition/core.ts';
import { env } from '../runtime/env.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { amountTooLarge } from './amount-bound.ts';
import { answerErrors } from './answer-errors.ts';
import { authorize, type Caller, checkBinding } from './authorization.ts';
import { decodeRequest } from './decode-request.ts';
import type { HttpEvent } from './http-event.ts';
import { callerOf } from './identify-caller.ts';
import { recordDecision } from './record-decision.ts';
import type { Reply } from './reply.ts';
import type { DecodedRequest, RequestShape } from './request-shape.ts';
import { type HttpResponse, problemResponse, responseTo } from './response.ts';

/**
 * Makes the handler of a route. Before `work` runs, the caller's key has the route's scope, the request fits the
 * shape and the deployment's bound of amounts, and a key bound to one user acts for no other. No handler can skip these
 * checks: the scope comes from the contract, by the route's name.
 *
 * @param operation the route's name in `ROUTES`
 * @param shape the route's input
 * @param work calls one use case and encodes its outcome
 *
 * @example
 * export const handler = httpHandler('getPlanVersion', getPlanVersionRequest, async ({ path }) => {
 *   const plan = await readPlanVersion(planDeps(), path.planId, Number(path.version));
 *   return plan ? taggedPlan(plan, 200) : { problem: unknownPlanVersion(path.planId, path.version) };
 * });
 */
export function httpHandler<S extends RequestShape>(
  operation: OperationName,
  shape: S,
  work: (request: DecodedRequest<S>, caller: Caller) => Promise<Reply>,
) {
  const { scope }: Route = ROUTES[operation];

  async function serve(event: HttpEvent, arrivedAt: number): Promise<Reply> {
    const authorized = authorize(scope === null ? {} : await callerOf(event), scope);
    if ('problem' in authorized) return authorized;
    const decoded = decodeRequest(event, shape, arrivedAt);
    if ('problem' in decoded) return decoded;
    const tooLarge = shape.isBounded && amountTooLarge(decoded.request.body ?? {}, env[ENV.maxAmount]);
    if (tooLarge) return { problem: tooLarge };
    const foreign = checkBinding(authorized.caller, subjectOf(decoded.request), scope);
    return foreign ? { problem: foreign } : work(decoded.request, authorized.caller);
  }

  return middy<HttpEvent, HttpResponse>()
    .use(injectLambdaContext(logger))
    .use(answerErrors(operation))
    .handler(async (event) => {
      const arrivedAt = now();
      const reply = await serve(event, arrivedAt);
      const { requestId } = event.requestContext;
      const durationMs = now() - arrivedAt;
      if (reply.decision) recordDecision(reply.decision, { operation, durationMs, requestId });
      if (!('problem' in reply)) return responseTo(reply);
      if (!reply.decision)
        logger.info('refused', { operation, code: reply.problem.code, durationMs, requestId });
      return problemResponse(reply.problem, requestId);
    });
}

/** The user that a request concerns. */
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
