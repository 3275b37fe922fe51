import * as z from 'zod/mini';
import { SCOPES } from '../../../shared/contract.ts';
import type { RequestShape } from '../request-shape.ts';
import { described, instant, printable, userId } from './fields.ts';

export const scopes = described(z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)), {
  description:
    '`quota`: consume units. `read`: read users and plans. `billing`: create checkout and portal pages. `admin`: everything else; it does not include the others.',
  examples: [['quota', 'read']],
});

export const createApiKeyRequest = {
  body: described(
    z.strictObject({
      name: described(printable(80), {
        description: 'Where the key is used.',
        examples: ['billing backend'],
      }),
      scopes,
      userId: z.optional(userId),
      expiresAt: z.optional(
        described(instant.check(z.refine((text) => Date.parse(text) > Date.now(), 'must be in the future')), {
          description: 'When the key expires.',
          examples: ['2030-01-01T00:00:00Z'],
        }),
      ),
    }),
    { id: 'ApiKeyRequest' },
  ),
} as const satisfies RequestShape;

export const revokeApiKeyRequest = {
  path: z.strictObject({
    keyId: described(
      z
        .string()
        .check(z.regex(/^[0-9a-f]{64}$/, 'must be the `keyId` of the key: 64 lower-case hexadecimal digits')),
      { description: 'SHA-256 of the key, in hex.', examples: ['ab'.repeat(32)] },
    ),
  }),
} as const satisfies RequestShape;
