import * as z from 'zod/mini';
import { SCOPES } from '../../shared/contract.ts';
import { described } from '../http/requests/fields.ts';
import { component, decimalOrNull, flag, instant, integer, list, oneOf, text } from './schema-parts.ts';

export const newKey = component('NewApiKey', {
  key: text('The key itself. It is shown in this answer only.'),
  keyId: text("The key's id: its SHA-256 in hex. Revoke the key by it."),
  name: text('Where the key is used, as the request named it.'),
  scopes: list(oneOf(SCOPES, 'One scope.'), 'The routes that the key may call.'),
  userId: z.optional(text('The only user that the key may be used for; absent: all users.')),
  createdAt: instant('When the key was made.'),
  expiresAt: z.optional(instant('When the key expires; absent: never.')),
});

export const cacheStats = component('CacheStats', {
  available: flag('Whether Redis answers.'),
  kinds: list(
    z.looseObject({
      kind: text('What is cached.'),
      l1Hits: integer("Reads answered from a function's own memory."),
      l2Hits: integer('Reads answered from Redis.'),
      misses: integer('Reads that neither cache could answer.'),
      fills: integer('Entries written to Redis.'),
      errors: integer('Calls to Redis that failed.'),
      hitRate: decimalOrNull('Hits divided by reads, 0 to 1; `null` before the first read.'),
    }),
    'The counts of today (UTC), one item for each kind of cached data.',
  ),
});

export const warmUp = component('WarmUp', {
  plans: integer('Plans written to the cache.'),
  users: integer('Users written to the cache.'),
});

export const health = component('Health', {
  status: oneOf(['ok'], 'The service is healthy.'),
});

export const openApi = described(z.record(z.string(), z.unknown()), {
  description: 'An OpenAPI document.',
});
