import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
} from 'aws-lambda';
import type { AuthorizerContext } from '../http/http-event.ts';
import { identifyCaller } from '../http/identify-caller.ts';
import { openTable } from '../runtime/composition/open-table.ts';
import { logger } from '../runtime/telemetry/logger.ts';

type Answer = APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>;

/**
 * Identifies the caller and admits every request; each route checks the scope and rejects unknown callers
 * (docs/decisions/0002).
 */
async function verify({ headers }: APIGatewayRequestAuthorizerEventV2): Promise<Answer> {
  return { isAuthorized: true, context: await identifyCaller(headers?.authorization) };
}

await openTable();

export const handler = middy<APIGatewayRequestAuthorizerEventV2, Answer>(verify).use(
  injectLambdaContext(logger),
);
