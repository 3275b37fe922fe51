import type { ZodOpenApiResponseObject } from 'zod-openapi';
import type { Route } from '../../shared/contract.ts';
import { component, text } from './schema-parts.ts';

/** What API Gateway answers by itself, before or instead of a function. It sends no `Retry-After` and no problem document. */
const MESSAGES = {
  401: ['Unauthorized', 'The gateway found no Authorization header.'],
  404: ['Not Found', 'The gateway knows no such route, or a parameter of the path is empty.'],
  413: ['Request Entity Too Large', 'The body has more than 10 MB.'],
  429: [
    'Too Many Requests',
    'The gateway throttles all callers together. Send the request again, with a backoff.',
  ],
  500: ['Internal Server Error', 'A function failed to start or to answer.'],
  503: ['Service Unavailable', 'A function took longer than the gateway waits.'],
} as const;

type Status = keyof typeof MESSAGES;

const gatewayMessage = component(
  'GatewayMessage',
  { message: text("The gateway's own words.") },
  'An answer of API Gateway itself. It is not a problem document.',
);

/** The statuses with which the gateway may answer for a route by itself. */
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

/** Adds the gateway's own answers to those of the function. */
export function withGatewayAnswers(
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
