import * as z from 'zod/mini';
import { IDEMPOTENCY_KEY, KEY_PATTERN } from '../http/idempotency-key.ts';
import { IF_MATCH, IF_NONE_MATCH } from '../http/preconditions.ts';
import { PROBLEMS, type ProblemCode } from '../http/problems.ts';
import { described } from '../http/requests/fields.ts';
import { isDenial } from './problems.ts';
import { RATE_LIMIT } from './sample-account.ts';

export const idempotencyHeaders = z.object({
  [IDEMPOTENCY_KEY]: described(z.optional(z.string().check(z.regex(KEY_PATTERN))), {
    description: [
      "The caller's own id of this operation: 1 to 255 printable ASCII characters without a comma. A repeated key with the same request is applied once; with another request it is 422.",
      'Keys are compared byte by byte: `k`, `K` and `"k"` are three keys. They are scoped to the user of the request: the same key for another user is another operation. Two header lines are joined by a comma and rejected with 400.',
      'Generate the key yourself. An end user who chooses the key can repeat it, and every repetition is `replayed` and not charged.',
      'A UUIDv7 or ULID generated for this call is the cheapest.',
    ].join('\n\n'),
    examples: ['01a4b6e0-9c1f-7d3e-8a52-6f0b9d1c2e34'],
  }),
});

export const preconditionHeaders = z.object({
  [IF_MATCH]: described(z.optional(z.string()), {
    description:
      'Edit only if this is the newest version: the `ETag` of a response, several separated by commas, or `*` for any version of an existing plan. Otherwise 412.',
    examples: ['"3"'],
  }),
  [IF_NONE_MATCH]: described(z.optional(z.string()), {
    description: '`*`: create the plan; 412 if it exists with other content. Not together with `If-Match`.',
    examples: ['*'],
  }),
});

/** A header of responses, which the document has once. */
const header = (id: string, description: string, example: string) =>
  described(z.optional(z.string()), { description, examples: [example], header: { id } });

/** draft-ietf-httpapi-ratelimit-headers-10 */
export const rateLimitHeaderDocs = z.object({
  'RateLimit-Policy': header(
    'RateLimitPolicy',
    "One policy for each enforced counter: `q` is the limit, `w` the length of its period in seconds. With `rate_limited`, the key's: `requests`.",
    RATE_LIMIT['RateLimit-Policy'] ?? '',
  ),
  RateLimit: header(
    'RateLimit',
    'For each policy, `r` is what remains and `t` the seconds until its period ends.',
    RATE_LIMIT.RateLimit ?? '',
  ),
});

export const locationHeader = z.object({
  Location: header('Location', 'The path that lists the runs of the job.', '/v1/admin/jobs/quota-reset/runs'),
});

export const planTagHeader = z.object({
  ETag: header('ETag', 'The version of the plan in quotes; pass it as `If-Match` with an edit.', '"3"'),
});

const retryAfter = header(
  'RetryAfter',
  'Seconds after which the same request is admitted if nothing else changes, at most 3600; the exact instant is `balance.resetsAt`. Absent if waiting does not help.',
  '3600',
);

const challenge = header(
  'WwwAuthenticate',
  'How to authenticate (RFC 6750).',
  'Bearer error="invalid_token"',
);

/** The headers of a response with one of these problems, if it has any. */
export function problemHeaderDocs(codes: readonly ProblemCode[]): { headers?: z.ZodMiniObject } {
  const statuses = new Set<number>(codes.map((code) => PROBLEMS[code].status));
  const shape = {
    ...((statuses.has(401) || codes.includes('insufficient_scope')) && { 'WWW-Authenticate': challenge }),
    ...((statuses.has(429) || statuses.has(503)) && { 'Retry-After': retryAfter }),
    ...(statuses.has(412) && planTagHeader.shape),
    ...(codes.some((code) => isDenial(code) || code === 'rate_limited') && rateLimitHeaderDocs.shape),
  };
  return Object.keys(shape).length > 0 ? { headers: z.object(shape) } : {};
}
