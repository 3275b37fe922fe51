import type { ApiKey } from '../../../shared/domain/api-key.ts';
import type { Problem } from '../problems.ts';

/** A key that was just made, as it goes over the wire this once. */
export function newKeyView(key: string, { createdAt, expiresAt, ...stored }: ApiKey) {
  return {
    key,
    ...stored,
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}

export function unknownApiKey(): Problem {
  return {
    code: 'unknown_api_key',
    detail: 'No key has this id. It is the `keyId` in the answer that created the key.',
  };
}
