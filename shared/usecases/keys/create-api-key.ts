import type { ApiKeyStore } from '../../adapters/dynamodb/api-key-store.ts';
import { type ApiKey, keyIdOf, mintApiKey } from '../../domain/api-key.ts';
import type { RateLimit } from '../../domain/rate-limit.ts';

export interface CreateApiKeyDeps {
  readonly apiKeys: Pick<ApiKeyStore, 'add'>;
  readonly now: () => number;
}

export interface CreateApiKeyRequest {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly userId?: string | undefined;
  readonly rateLimit?: RateLimit | undefined;
  /** Epoch ms. */
  readonly expiresAt?: number | undefined;
}

/** Creates an API key. The secret is only in this result; the table has its digest. */
export async function createApiKey(
  { apiKeys, now }: CreateApiKeyDeps,
  { name, scopes, userId, rateLimit, expiresAt }: CreateApiKeyRequest,
): Promise<{ readonly key: string; readonly stored: ApiKey }> {
  const key = mintApiKey();
  const stored: ApiKey = {
    keyId: keyIdOf(key),
    name,
    scopes: [...new Set(scopes)],
    ...(userId !== undefined && { userId }),
    ...(rateLimit && { rateLimit }),
    createdAt: now(),
    ...(expiresAt !== undefined && { expiresAt }),
  };
  if (!(await apiKeys.add(stored))) throw new Error('a new key has the digest of another one');
  return { key, stored };
}
