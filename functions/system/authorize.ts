import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import { AUTHORIZER_CONTEXT } from '../../shared/contract.ts';
import { authenticate } from '../../shared/usecases/authenticate.ts';
import { apiKeyDeps } from '../runtime/composition.ts';
import { logger } from '../runtime/logger.ts';

type Answer = APIGatewaySimpleAuthorizerWithContextResult<Record<string, string>>;

/**
 * Says who calls; what a caller may do is for each route to check (docs/decisions/0002). So everybody passes, and
 * who has no valid key passes as nobody.
 */
async function verify({ headers }: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  const caller = await authenticate(apiKeyDeps(), headers?.authorization);
  if (caller.code === 'nobody') {
    logger.info('nobody', { reason: caller.reason });
    return { isAuthorized: true, context: { [AUTHORIZER_CONTEXT.reason]: caller.reason } };
  }
  const { keyId, scopes, userId } = caller.key;
  return {
    isAuthorized: true,
    context: {
      [AUTHORIZER_CONTEXT.keyId]: keyId,
      [AUTHORIZER_CONTEXT.scopes]: scopes.join(' '),
      ...(userId !== undefined && { [AUTHORIZER_CONTEXT.userId]: userId }),
    },
  };
}

export const handler = middy<APIGatewayRequestAuthorizerEventV2, Answer>(verify).use(
  injectLambdaContext(logger),
);
