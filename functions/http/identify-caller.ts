import { AUTHORIZER_CONTEXT } from '../../shared/contract.ts';
import { Fault } from '../../shared/domain/faults.ts';
import { authenticate } from '../../shared/usecases/keys/authenticate.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';
import { logger } from '../runtime/telemetry/logger.ts';
import type { AuthorizerContext, HttpEvent } from './http-event.ts';

/** Why a caller is nobody so far: the table did not answer when the authorizer asked whose key it is. */
const NOT_JUDGED = 'not_judged';

/** The authorizer's word on a key. It never fails for the table's sake: API Gateway would make a 500 of that. */
export async function identifyCaller(authorization: string | undefined): Promise<AuthorizerContext> {
  try {
    return await lookUp(authorization);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    logger.warn('not judged', { error });
    return { [AUTHORIZER_CONTEXT.reason]: NOT_JUDGED };
  }
}

/**
 * What the authorizer said of a caller. API Gateway keeps that for a minute, so where the authorizer could not tell, the
 * key is looked up now: an outage ends for a caller when it ends, not a minute later.
 *
 * @throws Fault while the table does not answer
 */
export async function callerOf({ headers, requestContext }: HttpEvent): Promise<AuthorizerContext> {
  const context = requestContext.authorizer?.lambda ?? {};
  return context.reason === NOT_JUDGED ? lookUp(headers?.authorization) : context;
}

async function lookUp(authorization: string | undefined): Promise<AuthorizerContext> {
  const caller = await authenticate(apiKeyDeps(), authorization);
  if (caller.code === 'nobody') {
    logger.info('nobody', { reason: caller.reason });
    return { [AUTHORIZER_CONTEXT.reason]: caller.reason };
  }
  const { keyId, scopes, userId } = caller.key;
  return {
    [AUTHORIZER_CONTEXT.keyId]: keyId,
    [AUTHORIZER_CONTEXT.scopes]: scopes.join(' '),
    ...(userId !== undefined && { [AUTHORIZER_CONTEXT.userId]: userId }),
  };
}
