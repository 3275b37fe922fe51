import { revokeApiKey } from '../../shared/usecases/keys/revoke-api-key.ts';
import { revokeApiKeyRequest } from '../http/requests/api-key-requests.ts';
import { unknownApiKey } from '../http/responses/api-key-view.ts';
import { httpRoute } from '../http/route.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';

/** Revokes an API key. API Gateway may accept it for up to a minute more. */
export const route = httpRoute('revokeApiKey', revokeApiKeyRequest, async ({ path: { keyId } }) => {
  const { code } = await revokeApiKey(apiKeyDeps(), keyId);
  return code === 'revoked' ? { status: 204 } : { problem: unknownApiKey() };
});
