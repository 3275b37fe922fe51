import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Route } from '../../shared/contract.ts';
import { component, text } from './schema-parts.ts';

/**
 * Responses of API Gateway itself, before or instead of a function. They have no `Retry-After` and are no
 * problem documents.
 */
const MESSAGES = {
  401: ['Unauthorized', 'API Gateway found no Authorization header.'],
  404: ['Not Found', 'API Gateway has no such route, or a path parameter is empty.'],
  413: ['Request Entity Too Large', 'The body is larger than 10 MB.'],
  429: ['Too Many Requests', 'API Gateway throttles all callers together. Retry with backoff.'],
  500: ['Internal Server Error', 'A function failed to start or to respond.'],
  503: ['Service Unavailable', 'A function exceeded the timeout of API Gateway.'],
} as const;

type Status = keyof typeof MESSAGES;

const gatewayMessage = component(
  'GatewayMessage',
  { message: text("The gateway's message.") },
  'A response of API Gateway itself, not a problem document.',
);

/** The statuses that the gateway itself may return for a route. */
export function gatewayStatuses({ scope, method }: Route): Status[] {
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return [
    ...(scope === null ? [] : ([401] as const)),
    404,
    ...(hasBody ? ([413] as const) : []),
    429,
    500,
    503,
  ];
}

/** Adds the gateway's own responses to those of the function. */
export function withGatewayResponses(
  responses: Readonly<Record<string, ZodOpenApiResponseObject>>,
  route: Route,
): Record<string, ZodOpenApiResponseObject> {
  const own = gatewayStatuses(route).map(
    (status) => [status, withMessage(responses[status], status)] as const,
  );
  return { ...responses, ...Object.fromEntries(own) };
}

function withMessage(
  response: ZodOpenApiResponseObject | undefined,
  status: Status,
): ZodOpenApiResponseObject {
  const [message, description] = MESSAGES[status];
  return {
    ...response,
    description: [response?.description, description].filter(Boolean).join(' '),
    content: {
      ...response?.content,
      'application/json': { schema: gatewayMessage, examples: { gateway: { value: { message } } } },
    },
  };
}
