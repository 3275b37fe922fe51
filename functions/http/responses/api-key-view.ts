import type { ApiKey } from '../../../shared/domain/api-key.ts';
import type { Problem } from '../problems.ts';

/** A new key on the wire; no later response contains it. */
export function newKeyView(key: string, { rateLimit, createdAt, expiresAt, ...stored }: ApiKey) {
  return {
    key,
    ...stored,
    ...rateLimit,
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

export function unknownApiKey(): Problem {
  return {
    code: 'unknown_api_key',
    detail: 'No key has this id. Use the `keyId` from the response that created the key.',
  };
}
