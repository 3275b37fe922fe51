import { ENV } from '../../shared/contract.ts';
import { httpRoute } from '../http/route.ts';
import { openApiDocument } from '../openapi/document.ts';
import { env } from '../runtime/env.ts';

let document: object | undefined;

/** Returns the OpenAPI document of this deployment. */
export const route = httpRoute('getOpenApi', {}, async () => {
  document ??= openApiDocument(env[ENV.maxAmount]);
  return { status: 200, body: document, headers: { 'Cache-Control': 'public, max-age=300' } };
});
