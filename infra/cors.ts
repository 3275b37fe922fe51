import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';
import { ROUTES } from '../shared/contract.ts';

/** Request headers that the routes read. */
const ALLOWED_HEADERS = ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match'];
/** Response headers beyond those that every page may read. */
const EXPOSED_HEADERS = [
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'etag',
  'location',
  'www-authenticate',
];

/**
 * Lets pages of these origins call the API from a browser. They pass a key in a header and no cookies, so
 * credentials stay forbidden. API Gateway answers preflight requests itself.
 */
export function corsFor(origins: readonly string[]): CorsPreflightOptions {
  const methods = new Set(Object.values(ROUTES).map(({ method }) => CorsHttpMethod[method]));
  return {
    allowOrigins: [...origins],
    allowMethods: [...methods],
    allowHeaders: ALLOWED_HEADERS,
    exposeHeaders: EXPOSED_HEADERS,
    allowCredentials: false,
    maxAge: Duration.hours(1),
  };
}
