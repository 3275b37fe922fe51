import { AUTHORIZER_CONTEXT } from '../../shared/contract.ts';
import { Fault } from '../../shared/domain/faults.ts';
import { authenticate } from '../../shared/usecases/keys/authenticate.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';
import { logger } from '../runtime/telemetry/logger.ts';
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
  const caller = await authenticate(apiKeyDeps(), authorization);
  if (caller.code === 'unauthenticated') {
    logger.info('authentication failed', { reason: caller.reason });
    return { [AUTHORIZER_CONTEXT.reason]: caller.reason };
  }
  const { keyId, scopes, userId } = caller.key;
  return {
    [AUTHORIZER_CONTEXT.keyId]: keyId,
    [AUTHORIZER_CONTEXT.scopes]: scopes.join(' '),
    ...(userId !== undefined && { [AUTHORIZER_CONTEXT.userId]: userId }),
  };
}
