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
      "The caller's own id of this operation: 1 to 255 printable ASCII characters without a comma. The same key with the same request is applied once; with another request it is 422.",
      'Keys are compared byte by byte: `k`, `K` and `"k"` are three keys. They belong to the user of the request: the same key for another user is another operation. Two header lines arrive joined by a comma, and are 400.',
      'Make the key yourself. A key that an end user chose lets that user repeat it, and every repetition is `replayed` and charged nothing.',
      'A UUIDv7 or ULID made for this call costs the least.',
    ].join('\n\n'),
    examples: ['01a4b6e0-9c1f-7d3e-8a52-6f0b9d1c2e34'],
  }),
});

export const preconditionHeaders = z.object({
  [IF_MATCH]: described(z.optional(z.string()), {
    description:
      'Edit only if the newest version is this one: the `ETag` of an answer, several separated by commas, or `*` for any version of a plan that exists. Otherwise the answer is 412.',
    examples: ['"3"'],
  }),
  [IF_NONE_MATCH]: described(z.optional(z.string()), {
    description:
      '`*`: create the plan; if it exists with other content, the answer is 412. Not together with `If-Match`.',
    examples: ['*'],
  }),
});

const header = (description: string, example: string) =>
  described(z.optional(z.string()), { description, examples: [example] });

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

export const locationHeader = z.object({
  Location: header('The path that lists the runs of the job.', '/v1/admin/jobs/quota-reset/runs'),
});

export const planTagHeader = z.object({
  ETag: header('The version of the plan in quotes; pass it as `If-Match` with an edit.', '"3"'),
});

const retryAfter = header(
  'Seconds after which the same request is admitted if nothing else happens, at most 3600: the true instant is `balance.resetsAt`. Absent where waiting does not help.',
  '3600',
);

const challenge = header('How to authenticate (RFC 6750).', 'Bearer error="invalid_token"');

/** The headers of an answer with one of these problems, where it has some. */
export function problemHeaderDocs(codes: readonly ProblemCode[]): { headers?: z.ZodMiniObject } {
  const statuses = new Set<number>(codes.map((code) => PROBLEMS[code].status));
  const shape = {
    ...((statuses.has(401) || codes.includes('insufficient_scope')) && { 'WWW-Authenticate': challenge }),
    ...((statuses.has(429) || statuses.has(503)) && { 'Retry-After': retryAfter }),
    ...(statuses.has(412) && planTagHeader.shape),
    ...(codes.some(isDenial) && rateLimitHeaderDocs.shape),
  };
  return Object.keys(shape).length > 0 ? { headers: z.object(shape) } : {};
}
