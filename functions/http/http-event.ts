import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { AUTHORIZER_CONTEXT } from '../../shared/contract.ts';

/** What the authorizer handed over; API Gateway passes strings, and `null` for an empty context. */
export type AuthorizerContext = Readonly<Partial<Record<keyof typeof AUTHORIZER_CONTEXT, string>>>;

/** A request as API Gateway hands it over. On a route without an authorizer there is no context. */
export interface HttpEvent extends Omit<APIGatewayProxyEventV2, 'requestContext'> {
  readonly requestContext: APIGatewayProxyEventV2['requestContext'] & {
    readonly authorizer?: { readonly lambda?: AuthorizerContext | null };
  };
}
