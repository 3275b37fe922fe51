import { ApiKeyStore } from '../../shared/adapters/dynamodb/api-key-store.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { FIRST_KEY } from '../../shared/contract.ts';
import { createApiKey } from '../../shared/usecases/keys/create-api-key.ts';
import { revokeApiKey } from '../../shared/usecases/keys/revoke-api-key.ts';
import type { AdminKeyOptions } from './admin-key-options.ts';

export interface MadeAdminKey {
  readonly key: string;
  readonly keyId: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** Id of the first admin key, if it was revoked. */
  readonly revoked: string | undefined;
}

const DAY_MS = 24 * 3_600_000;

/**
 * Stores an admin key as the API does, and then revokes the first one if that is asked for.
 *
 * @param now epoch ms
 * @throws the SDK's error when the table, the credentials or the permission are missing
 */
export async function makeAdminKey(
  table: Table,
  { name, days, revokesFirst }: Pick<AdminKeyOptions, 'name' | 'days' | 'revokesFirst'>,
  now: () => number,
): Promise<MadeAdminKey> {
  const deps = { apiKeys: new ApiKeyStore(table), now };
  const expiresAt = now() + days * DAY_MS;
  const { key, stored } = await createApiKey(deps, { name, scopes: ['admin'], expiresAt });
  const first = revokesFirst ? await deps.apiKeys.firstKey(FIRST_KEY.adminName) : undefined;
  if (first !== undefined) await revokeApiKey(deps, first);
  return { key, keyId: stored.keyId, expiresAt, revoked: first };
}
