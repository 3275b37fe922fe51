import * as z from 'zod/mini';
import { KEY_RATE_BOUND, SCOPES } from '../../../shared/contract.ts';
import type { RateLimit } from '../../../shared/domain/rate-limit.ts';
import type { RequestShape } from '../request-shape.ts';
import { described, inputError, instant, printable, userId } from './fields.ts';

export const scopes = described(z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)), {
  description:
    '`quota`: consume units. `read`: read users and plans. `billing`: create checkout and portal pages. `admin`: everything else; it does not include the others.',
  examples: [['quota', 'read']],
});

const { requestsPerSecond: mostPerSecond, burst: mostAtOnce } = KEY_RATE_BOUND;

const requestsPerSecond = described(requests(mostPerSecond), {
  description:
    "Requests a second that the key may send in the long run; above it, 429 `rate_limited`. Each request counts once, also a batch. Absent: the deployment's `keyRequestsPerSecond`, if it has one.",
  examples: [50],
});

const burst = described(requests(mostAtOnce), {
  description: 'Requests that the key may send at once after a pause. Absent: `requestsPerSecond`.',
  examples: [100],
});

export const createApiKeyRequest = {
  body: described(
    z
      .strictObject({
        name: described(printable(80), {
          description: 'Where the key is used.',
          examples: ['billing backend'],
        }),
        scopes,
        userId: z.optional(userId),
        requestsPerSecond: z.optional(requestsPerSecond),
        burst: z.optional(burst),
        expiresAt: z.optional(
          described(
            instant.check(z.refine((text) => Date.parse(text) > Date.now(), 'must be in the future')),
            { description: 'When the key expires.', examples: ['2030-01-01T00:00:00Z'] },
          ),
        ),
      })
      .check(({ value, issues }) => {
        const [code, message = ''] = burstError(value) ?? [];
        if (code) issues.push(inputError(code, message, ['burst'], value));
      }),
    { id: 'ApiKeyRequest' },
  ),
} as const satisfies RequestShape;

interface AskedRate {
  readonly requestsPerSecond?: number | undefined;
  readonly burst?: number | undefined;
}

/** The rate limit of a request for a key, if it has one. */
export function rateLimitOf({ requestsPerSecond, burst }: AskedRate): RateLimit | undefined {
  return requestsPerSecond === undefined
    ? undefined
    : { requestsPerSecond, burst: burst ?? requestsPerSecond };
}

/** Environments look at an empty bucket about once a second: a smaller one would lose tokens meanwhile. */
function burstError({
  requestsPerSecond,
  burst,
}: AskedRate): readonly [code: string, message: string] | undefined {
  if (burst === undefined || burst < 1) return undefined;
  if (requestsPerSecond === undefined) return ['missing', 'must come with requestsPerSecond'];
  return burst < requestsPerSecond ? ['too_small', 'must be at least requestsPerSecond'] : undefined;
}

function requests(most: number) {
  const message = `must be an integer from 1 to ${most}`;
  return z.int(message).check(z.gte(1, message), z.lte(most, message));
}

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
