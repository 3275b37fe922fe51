import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { AUTHORIZER_CONTEXT } from '../../shared/contract.ts';

/** The authorizer's context; API Gateway passes strings, and `null` for an empty context. */
export type AuthorizerContext = Readonly<Partial<Record<keyof typeof AUTHORIZER_CONTEXT, string>>>;

/** A request from API Gateway. A route without an authorizer has no context. */
export interface HttpEvent extends Omit<APIGatewayProxyEventV2, 'requestContext'> {
  readonly requestContext: APIGatewayProxyEventV2['requestContext'] & {
    readonly authorizer?: { readonly lambda?: AuthorizerContext | null };
  };
}
