import type { ApiKey } from '../../shared/domain/api-key.ts';

/** A key that was just made, as it goes over the wire this once. */
export function newKeyView(key: string, { createdAt, expiresAt, ...stored }: ApiKey) {
  return {
    key,
    ...stored,
    createdAt: new Date(createdAt).toISOString(),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
