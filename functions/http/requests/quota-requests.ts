import * as z from 'zod/mini';
import type { RequestShape } from '../request-shape.ts';
import { contextFields } from './context.ts';
import { amount, described, feature, printable, units, userId } from './fields.ts';

const MAX_ITEMS = 20;

/** How fresh the answer to a question has to be. */
const freshnessFields = {
  consistent: z.optional(
    described(z.boolean(), { description: 'Reflect every change accepted before this call.' }),
  ),
  minVersion: z.optional(units(0, 'Reflect at least this `version`, as an earlier answer told it.')),
};

const usesFields = { userId, type: feature, amount, ...contextFields };
const uses = described(z.strictObject(usesFields), { id: 'UseRequest' });

export const consumeRequest = {
  body: uses,
  isIdempotent: true,
  isBounded: true,
} as const satisfies RequestShape;

/** What was stored in many operations may be given back in one. */
export const releaseRequest = {
  body: described(
    z.strictObject({
      ...usesFields,
      amount: z._default(units(1, 'How many units to give back; bytes for storage.'), 1),
    }),
    { id: 'ReleaseRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;

export const checkRequest = {
  body: described(z.strictObject({ ...usesFields, ...freshnessFields }), { id: 'CheckRequest' }),
  isBounded: true,
} as const satisfies RequestShape;

const item = described(z.strictObject({ type: feature, amount }), { id: 'BatchItem' });

export const batchRequest = {
  body: described(
    z.strictObject({
      userId,
      items: described(z.array(item).check(z.minLength(1), z.maxLength(MAX_ITEMS)), {
        description:
          'All of them are used or none. Items of one feature are summed; the sum is bounded like one `amount`.',
        examples: [
          [
            { type: 'aiRequest', amount: 1 },
            { type: 'storage', amount: 2_048 },
          ],
        ],
      }),
      ...contextFields,
    }),
    { id: 'BatchRequest' },
  ),
  isIdempotent: true,
  isBounded: true,
} as const satisfies RequestShape;

export const resetRequest = {
  body: described(
    z.strictObject({
      userId,
      types: z.optional(
        described(z.array(feature).check(z.minLength(1), z.maxLength(MAX_ITEMS)), {
          description: 'The features to reset; without it every metered one.',
          examples: [['aiRequest']],
        }),
      ),
    }),
    { id: 'ResetRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;

export const grantRequest = {
  body: described(
    z.strictObject({
      userId,
      type: feature,
      amount: units(1, 'Units more, until the current period ends.'),
      reason: described(printable(256), {
        description: 'Kept in the ledger.',
        examples: ['outage of 21 November'],
      }),
    }),
    { id: 'GrantRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;
