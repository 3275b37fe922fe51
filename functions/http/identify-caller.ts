import { AUTHORIZER_CONTEXT, ENV } from '../../shared/contract.ts';
import type { ApiKey } from '../../shared/domain/api-key.ts';
import { Fault } from '../../shared/domain/faults.ts';
import { authenticate } from '../../shared/usecases/keys/authenticate.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';
import { env } from '../runtime/env.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import { recordFirstKey, recordUnknownKey } from '../runtime/telemetry/record-keys.ts';
import type { AuthorizerContext, HttpEvent } from './http-event.ts';

/** Reason of a deferred authentication: the table did not respond to the authorizer. */
const DEFERRED = 'not_judged';

/**
 * Authenticates a key for the authorizer. An outage of the table defers it: API Gateway maps an exception to
 * a 500.
 */
export async function identifyCaller(authorization: string | undefined): Promise<AuthorizerContext> {
  try {
    return await lookUp(authorization);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    logger.warn('authentication deferred: store unavailable', { error });
    return { [AUTHORIZER_CONTEXT.reason]: DEFERRED };
  }
}

/**
 * The caller that the authorizer identified. API Gateway caches that for a minute, so a deferred
 * authentication happens now: an outage ends for a caller when it ends, not a minute later.
 *
 * @throws Fault while the table does not respond
 */
export async function callerOf({ headers, requestContext }: HttpEvent): Promise<AuthorizerContext> {
  const context = requestContext.authorizer?.lambda ?? {};
  return context.reason === DEFERRED ? lookUp(headers?.authorization) : context;
}

async function lookUp(authorization: string | undefined): Promise<AuthorizerContext> {
  const deps = apiKeyDeps();
  const caller = await authenticate(deps, authorization);
  if (caller.code === 'unauthenticated') {
    const { reason } = caller;
    logger.info('authentication failed', { reason });
    if (reason === 'unknown' || reason === 'malformed') recordUnknownKey(deps.now());
    return { [AUTHORIZER_CONTEXT.reason]: reason };
  }
  if (caller.key.isFirst) recordFirstKey(caller.key, deps.now());
  return contextOf(caller.key);
}

function contextOf({ keyId, scopes, userId, rateLimit }: ApiKey): AuthorizerContext {
  const { requestsPerSecond = env[ENV.keyRequestsPerSecond], burst = requestsPerSecond } = rateLimit ?? {};
  return {
    [AUTHORIZER_CONTEXT.keyId]: keyId,
    [AUTHORIZER_CONTEXT.scopes]: scopes.join(' '),
    ...(userId !== undefined && { [AUTHORIZER_CONTEXT.userId]: userId }),
    ...(requestsPerSecond !== undefined && {
      [AUTHORIZER_CONTEXT.requestsPerSecond]: String(requestsPerSecond),
      [AUTHORIZER_CONTEXT.burst]: String(burst),
    }),
  };
}
