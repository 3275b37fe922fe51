import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { ENV } from '../../shared/contract.ts';
import { FEATURE_PATTERN } from '../../shared/domain/account.ts';
import type { OperationContext } from '../../shared/domain/quota-request.ts';
import { consume } from '../../shared/usecases/quota/consume.ts';
import { amountTooLarge } from '../http/amount-bound.ts';
import { problemOf } from '../http/answer-errors.ts';
import { checkProbe } from '../http/authorization.ts';
import { recordDecision } from '../http/record-decision.ts';
import type { Reply } from '../http/reply.ts';
import { type HttpResponse, problemResponse } from '../http/response.ts';
import { replyToChange } from '../http/responses/quota-reply.ts';
import { now, quotaDeps } from '../runtime/composition/core.ts';
import { env } from '../runtime/env.ts';
import { logger } from '../runtime/telemetry/logger.ts';

export interface WithQuotaOptions<TEvent> {
  /**
   * Whose quota is used. Take it from what was verified, never from what the caller may write.
   * @default - the verified caller: `sub` of a JWT or Cognito authorizer, `userId` or `principalId` of a
   * Lambda authorizer
   */
  readonly userId?: (event: TEvent) => string | undefined;
  /**
   * The id of the operation: events that have the same id are charged once. Never a header of the end user's:
   * an end user who chooses the id works for free by reusing it.
   * @default - the invocation's id where Lambda itself invokes again after a failure (anything but HTTP
   * events)
   */
  readonly idempotencyKey?: (event: TEvent, context: Context) => string | undefined;
  /**
   * What the units are for; kept in the ledger.
   * @default - nothing
   */
  readonly describe?: (event: TEvent) => OperationContext;
}

/**
 * Uses units before a handler of the product's own runs. When they do not fit, the handler does not run: the
 * answer is the 429 problem with `Retry-After`. When that cannot be found out, it is the 503 problem: no work
 * without a yes.
 *
 * It is the same use case as `POST /v1/quota/consume`, without the way through HTTP. The function needs the
 * service's environment (see `env.ts`) and the rights of `quota/consume` on its table.
 *
 * @param type the feature
 * @param amount units, or how to find them in the event: 1 … the deployment's `maxAmount`; more is the 400
 * problem `amount_too_large`, and the handler does not run
 * @throws Error when the event has no user, or the amount is not one
 *
 * @example
 * import middy from '@middy/core';
 * import { withQuota } from 'quota-service/with-quota';
 *
 * export const handler = middy()
 *   .use(withQuota('aiRequest', 1))
 *   .handler(async (event) => answerWithAi(event));
 *
 * @example
 * withQuota<S3Event>('storage', (event) => event.Records[0].s3.object.size, {
 *   userId: (event) => ownerOf(event.Records[0].s3.object.key),
 * });
 */
export function withQuota<TEvent>(
  type: string,
  amount: number | ((event: TEvent) => number) = 1,
  options: WithQuotaOptions<TEvent> = {},
): MiddlewareObj<TEvent, unknown> {
  if (!FEATURE_PATTERN.test(type)) throw new Error(`withQuota: "${type}" is not the name of a feature`);
  const {
    userId: findUser = verifiedCaller,
    idempotencyKey: findKey = retriedInvocation,
    describe,
  } = options;

  return {
    before: async ({ event, context }): Promise<HttpResponse | undefined> => {
      const startedAt = now();
      const requestId = context.awsRequestId;
      const units = integer(typeof amount === 'number' ? amount : amount(event));
      const userId = required(findUser(event));
      const refused =
        amountTooLarge({ amount: units }, env[ENV.maxAmount]) ?? checkProbe({ boundTo: undefined }, userId);
      if (refused) return problemResponse(refused, requestId);
      const reply = await use({
        userId,
        units,
        idempotencyKey: findKey(event, context),
        context: describe?.(event),
      });
      if (reply.decision) {
        recordDecision(reply.decision, { operation: 'withQuota', durationMs: now() - startedAt, requestId });
      }
      return 'problem' in reply ? problemResponse(reply.problem, requestId) : undefined;
    },
  };

  async function use(asked: {
    readonly userId: string;
    readonly units: number;
    readonly idempotencyKey: string | undefined;
    readonly context: OperationContext | undefined;
  }): Promise<Reply> {
    const { userId, units, ...operation } = asked;
    const amounts = new Map([[type, units]]);
    try {
      const outcome = await consume(quotaDeps(), { userId, amounts, ...operation });
      return replyToChange(outcome, { userId, amounts, about: 'one', isCounted: true }, now());
    } catch (error) {
      logger.error('no decision', {
        operation: 'withQuota',
        userId,
        type,
        error: error instanceof Error ? error : new Error(String(error)),
      });
      return { problem: problemOf(error) };
    }
  }
}

interface MaybeHttpEvent {
  readonly requestContext?: {
    readonly authorizer?: {
      readonly jwt?: { readonly claims?: { readonly sub?: unknown } };
      readonly claims?: { readonly sub?: unknown };
      readonly lambda?: { readonly userId?: unknown; readonly principalId?: unknown };
      readonly userId?: unknown;
      readonly principalId?: unknown;
    };
  };
}

/** The caller as an authorizer of API Gateway (HTTP or REST) verified it. */
function verifiedCaller(event: unknown): string | undefined {
  const { authorizer } = (event as MaybeHttpEvent | undefined)?.requestContext ?? {}; // every member is optional and checked
  const context = authorizer?.lambda ?? authorizer;
  const candidates = [
    authorizer?.jwt?.claims?.sub,
    authorizer?.claims?.sub,
    context?.userId,
    context?.principalId,
  ];
  return candidates.find((candidate): candidate is string => typeof candidate === 'string');
}

/** Lambda repeats a failed asynchronous or stream invocation under the same id; API Gateway never does. */
function retriedInvocation(event: unknown, context: Context): string | undefined {
  const isHttp = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isHttp ? undefined : context.awsRequestId;
}

function required(userId: string | undefined): string {
  if (userId) return userId;
  throw new Error('withQuota found no user in the event; set the option "userId"');
}

function integer(units: number): number {
  if (Number.isSafeInteger(units) && units >= 1) return units;
  throw new Error(`withQuota: ${units} is not an amount`);
}
