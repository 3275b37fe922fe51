import type { ApiKeyStore } from '../../adapters/dynamodb/api-key-store.ts';

export interface RevokeApiKeyDeps {
  readonly apiKeys: Pick<ApiKeyStore, 'revoke'>;
  readonly now: () => number;
}

/** Revokes a key permanently. Idempotent. */
export async function revokeApiKey(
  { apiKeys, now }: RevokeApiKeyDeps,
  keyId: string,
): Promise<{ readonly code: 'revoked' | 'unknown_api_key' }> {
  return { code: (await apiKeys.revoke(keyId, now())) ? 'revoked' : 'unknown_api_key' };
}
