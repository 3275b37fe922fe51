import { constants, gzipSync } from 'node:zlib';
import { openApiDocument } from './document.ts';

/**
 * Compresses the OpenAPI document. The bundle has its result in place of this module, made at build time
 * (infra/build-time-document.ts): a public route then costs no computation, and its bundle carries no
 * schemas.
 *
 * @param maxAmount most units of one operation in this deployment
 */
export function compressDocument(maxAmount: number): Uint8Array {
  return gzipSync(JSON.stringify(openApiDocument(maxAmount)), { level: constants.Z_BEST_COMPRESSION });
}
