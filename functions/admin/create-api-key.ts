import { createApiKey } from '../../shared/usecases/keys/create-api-key.ts';
import { httpHandler } from '../http/handler.ts';
import { createApiKeyRequest } from '../http/requests/api-key-requests.ts';
import { newKeyView } from '../http/responses/api-key-view.ts';
import { apiKeyDeps } from '../runtime/composition/core.ts';

/** Makes an API key. The key itself is in this answer and is shown nowhere else. */
export const handler = httpHandler('createApiKey', createApiKeyRequest, async ({ body }) => {
  const { name, scopes, userId, expiresAt } = body;
  const expiry = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  const made = await createApiKey(apiKeyDeps(), { name, scopes, userId, expiresAt: expiry });
  return { status: 201, body: newKeyView(made.key, made.stored) };
});
