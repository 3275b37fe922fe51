import type { ApiKeyStore } from '../../adapters/dynamodb/api-key-store.ts';
import { type ApiKey, keyIdOf, keyStatus } from '../../domain/api-key.ts';

export interface AuthenticateDeps {
  readonly apiKeys: Pick<ApiKeyStore, 'find'>;
  readonly now: () => number;
}

export type Caller =
  | { readonly code: 'known'; readonly key: ApiKey }
  | { readonly code: 'unauthenticated'; readonly reason: 'malformed' | 'unknown' | 'revoked' | 'expired' };

/** RFC 6750 §2.1: the scheme in any case, one space, and a token of printable ASCII. */
const BEARER = /^bearer ([\x21-\x7e]{1,256})$/i;

/**
 * Authenticates the API key of an `Authorization` header.
 *
 * ```
 * header ─▶ token ─▶ SHA-256 ─▶ stored key ─▶ valid at `now`? ─▶ known
 *    └▶ malformed         └▶ unknown      └▶ revoked, expired
 * ```
 *
 * Only the digest of a key is stored and looked up, so neither the table nor its timing reveals a key.
 * `reason` is for logs. The routes check scopes.
 */
export async function authenticate(
  { apiKeys, now }: AuthenticateDeps,
  authorization: string | undefined,
): Promise<Caller> {
  const [, key] = BEARER.exec(authorization ?? '') ?? [];
  if (key === undefined) return { code: 'unauthenticated', reason: 'malformed' };
  const stored = await apiKeys.find(keyIdOf(key));
  const status = keyStatus(stored, now());
  if (!stored || status !== 'valid') {
    return { code: 'unauthenticated', reason: status === 'valid' ? 'unknown' : status };
  }
  return { code: 'known', key: stored };
}
