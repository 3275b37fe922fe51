import { createApiKey } from '../../shared/usecases/keys/create-api-key.ts';
import { createApiKeyRequest, rateLimitOf } from '../http/requests/api-key-requests.ts';
import { newKeyView } from '../http/responses/api-key-view.ts';
import { httpRoute } from '../http/route.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';

/** Creates an API key. Only this answer contains the key itself. */
export const route = httpRoute('createApiKey', createApiKeyRequest, async ({ body }) => {
  const { name, scopes, userId, expiresAt } = body;
  const expiry = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  const key = { name, scopes, userId, rateLimit: rateLimitOf(body), expiresAt: expiry };
  const made = await createApiKey(apiKeyDeps(), key);
  return { status: 201, body: newKeyView(made.key, made.stored) };
});
