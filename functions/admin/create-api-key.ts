import { createApiKey } from '../../shared/usecases/create-api-key.ts';
import { newKeyView } from '../replies/api-key-view.ts';
import { apiKeyDeps } from '../runtime/composition.ts';
import { httpHandler } from '../runtime/http-handler.ts';
import { createApiKeyRequest } from '../schemas/api-key-requests.ts';

/** Makes an API key. The key itself is in this answer and is shown nowhere else. */
export const handler = httpHandler('createApiKey', createApiKeyRequest, async ({ body }) => {
  const { name, scopes, userId, expiresAt } = body;
  const expiry = expiresAt === undefined ? undefined : Date.parse(expiresAt);
  const made = await createApiKey(apiKeyDeps(), { name, scopes, userId, expiresAt: expiry });
  return { status: 201, body: newKeyView(made.key, made.stored) };
});
