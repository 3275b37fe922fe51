import { gunzipSync } from 'node:zlib';
import { ENV } from '../../shared/contract.ts';
import { httpRoute } from '../http/route.ts';
import { compressDocument } from '../openapi/compressed-document.ts';
import { env } from '../runtime/env.ts';

const HEADERS = {
  'Content-Type': 'application/json',
  // It changes with a deployment only.
  'Cache-Control': 'public, max-age=3600',
  Vary: 'Accept-Encoding',
};

let document: Uint8Array | undefined;

/** Returns the OpenAPI document of this deployment, in gzip where the caller accepts it. */
export const route = httpRoute('getOpenApi', {}, async ({ acceptsGzip }) => {
  document ??= compressDocument(env[ENV.maxAmount]);
  if (acceptsGzip)
    return { status: 200, bytes: document, headers: { ...HEADERS, 'Content-Encoding': 'gzip' } };
  return { status: 200, text: gunzipSync(document).toString(), headers: HEADERS };
});
