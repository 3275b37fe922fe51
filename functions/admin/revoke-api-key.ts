import { revokeApiKey } from '../../shared/usecases/revoke-api-key.ts';
import { unknownApiKey } from '../replies/api-key-view.ts';
import { apiKeyDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { revokeApiKeyRequest } from '../schemas/api-key-requests.ts';

/** Ends an API key for good. Gateways that have just verified it may take up to a minute to notice. */
export const handler = httpHandler('revokeApiKey', revokeApiKeyRequest, async ({ path: { keyId } }) => {
  const { code } = await revokeApiKey(apiKeyDeps(), keyId);
  return code === 'revoked' ? { status: 204 } : { problem: unknownApiKey() };
});
