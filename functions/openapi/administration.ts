import * as z from 'zod/mini';
import { type OperationName, SCOPES } from '../../shared/contract.ts';
import { createApiKeyRequest, revokeApiKeyRequest } from '../http/requests/api-key-requests.ts';
import { warmUpCacheRequest } from '../http/requests/cache-requests.ts';
import { cacheStatsView } from '../http/responses/cache-view.ts';
import type { OperationDoc } from './operation-doc.ts';
import { NOW } from './sample-account.ts';
import { component, decimalOrNull, flag, instant, integer, list, oneOf, text } from './schema-parts.ts';

const newKey = component('NewApiKey', {
  key: text('The key itself. Only this response contains it.'),
  keyId: text("The key's id: its SHA-256 in hex. Revoke the key by it."),
  name: text('Where the key is used, as in the request.'),
  scopes: list(oneOf(SCOPES, 'One scope.'), 'The routes that the key may call.'),
  userId: z.optional(text('The only user that the key may act for; absent: all users.')),
  requestsPerSecond: z.optional(
    integer(
      "Requests a second that the key may send; absent: the deployment's `keyRequestsPerSecond`, if any.",
    ),
  ),
  burst: z.optional(integer('Requests that the key may send at once after a pause.')),
  createdAt: instant('When the key was created.'),
  expiresAt: z.optional(instant('When the key expires; absent: never.')),
});

const cacheStats = component('CacheStats', {
  available: flag('Whether Redis responds.'),
  kinds: list(
    z.looseObject({
      kind: text('The kind of cached data.'),
      l1Hits: integer("Reads served from a function's own memory."),
      l2Hits: integer('Reads served from Redis.'),
      misses: integer('Reads that neither cache could serve.'),
      fills: integer('Entries written to Redis.'),
      errors: integer('Calls to Redis that failed.'),
      hitRate: decimalOrNull('Hits divided by reads, 0 to 1; `null` before the first read.'),
    }),
    'The counts of today (UTC), one item for each kind of cached data.',
  ),
});

const warmUp = component('WarmUp', {
  plans: integer('Plans written to the cache.'),
  users: integer('Users written to the cache.'),
});

const EXAMPLES = {
  cacheStats: cacheStatsView({ quota: { l1Hits: 700, l2Hits: 200, misses: 100, fills: 180, errors: 0 } }),
  warmUp: { plans: 0, users: 1 },
  newKey: {
    key: `qk_${'example-'.repeat(5)}key`,
    keyId: 'ab'.repeat(32),
    name: 'billing backend',
    scopes: ['quota', 'read'],
    requestsPerSecond: 50,
    burst: 50,
    createdAt: new Date(NOW).toISOString(),
  },
} as const;

/** Bodies that the schemas accept. */
const REQUESTS = {
  key: { name: 'billing backend', scopes: ['read', 'billing'], requestsPerSecond: 50 },
  warmUp: { userId: 'user-42' },
} as const;

/** The routes about API keys and caches. */
export const ADMINISTRATION_OPERATIONS = {
  createApiKey: {
    tag: 'Administration',
    summary: 'Create an API key; only this response contains it',
    request: createApiKeyRequest,
    example: REQUESTS.key,
    responses: [
      {
        status: 201,
        description: 'The key was created.',
        schema: newKey,
        examples: { key: EXAMPLES.newKey },
      },
    ],
  },
  revokeApiKey: {
    tag: 'Administration',
    summary: 'Revoke an API key permanently; it may be accepted for up to one more minute',
    request: revokeApiKeyRequest,
    responses: [{ status: 204, description: 'The key is revoked, by this call or an earlier one.' }],
    problems: ['unknown_api_key'],
  },
  getCacheStats: {
    tag: 'Administration',
    summary: 'Get hits, misses and writes of the caches of all functions today (UTC)',
    request: {},
    responses: [
      {
        status: 200,
        description: 'The counts of today.',
        schema: cacheStats,
        examples: { stats: EXAMPLES.cacheStats },
      },
    ],
  },
  warmUpCache: {
    tag: 'Administration',
    summary: 'Warm up the caches with every plan, or with one user',
    request: warmUpCacheRequest,
    example: REQUESTS.warmUp,
    responses: [
      {
        status: 200,
        description: 'Number of entries written; 0 if Redis does not respond.',
        schema: warmUp,
        examples: { user: EXAMPLES.warmUp },
      },
    ],
  },
} as const satisfies Partial<Record<OperationName, OperationDoc>>;
