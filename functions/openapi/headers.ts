import * as z from 'zod/mini';
import { IDEMPOTENCY_KEY } from '../runtime/idempotency-key.ts';
import { PROBLEMS, type ProblemCode } from '../runtime/problems.ts';
import { docs } from '../schemas/fields.ts';
import { RATE_LIMIT } from './examples.ts';

export const idempotencyHeaders = z.object({
  [IDEMPOTENCY_KEY]: z.optional(z.string().check(z.minLength(1), z.maxLength(255))).register(docs, {
    description:
      "The caller's own id of this operation, 1 to 255 printable ASCII characters. Sent again with the same request it is applied once; with another one it is 422. A UUIDv7 or ULID made for this call costs the least.",
    examples: ['01a4b6e0-9c1f-7d3e-8a52-6f0b9d1c2e34'],
  }),
});

const header = (description: string, example: string) =>
  z.optional(z.string()).register(docs, { description, examples: [example] });

/** draft-ietf-httpapi-ratelimit-headers-10 */
export const rateLimitHeaderDocs = z.object({
  'RateLimit-Policy': header(
    'One policy for each counter that may deny: `q` the limit, `w` the length of its period in seconds.',
    RATE_LIMIT['RateLimit-Policy'] ?? '',
  ),
  RateLimit: header(
    '`r` what remains of each policy, `t` seconds until its period ends.',
    RATE_LIMIT.RateLimit ?? '',
  ),
});

const retryAfter = header(
  'Seconds after which asking again makes sense; absent where waiting does not help.',
  '712800',
);

/** The headers of a problem's answer, where it has some. */
export function retryHeaderDocs(codes: readonly ProblemCode[]): { headers?: z.ZodMiniObject } {
  const [status] = codes.map((code) => PROBLEMS[code].status);
  if (status === 503) return { headers: z.object({ 'Retry-After': retryAfter }) };
  if (status !== 429) return {};
  return { headers: z.object({ 'Retry-After': retryAfter, ...rateLimitHeaderDocs.shape }) };
}
