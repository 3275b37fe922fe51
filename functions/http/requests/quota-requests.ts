import * as z from 'zod/mini';
import type { RequestShape } from '../request-shape.ts';
import { contextFields } from './context.ts';
import { amount, described, feature, printable, units, userId } from './fields.ts';

const MAX_ITEMS = 20;

/** Required freshness of a check. */
const freshnessFields = {
  consistent: z.optional(
    described(z.boolean(), { description: 'Include every change accepted before this call.' }),
  ),
  minVersion: z.optional(units(0, 'Include at least this `version`, as returned by an earlier response.')),
};

const usesFields = { userId, type: feature, amount, ...contextFields };
const uses = described(z.strictObject(usesFields), { id: 'UseRequest' });

export const consumeRequest = {
  body: uses,
  isIdempotent: true,
  isBounded: true,
} as const satisfies RequestShape;

/** Unbounded: one call may release units of many operations. */
export const releaseRequest = {
  body: described(
    z.strictObject({
      ...usesFields,
      amount: z._default(units(1, 'Number of units to release; bytes for storage.'), 1),
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
          'All items are consumed or none. Items of one feature are summed; the sum is bounded like one `amount`.',
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
          description: 'The features to reset; by default every metered one.',
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
      amount: units(1, 'Extra units, until the current period ends.'),
      reason: described(printable(256), {
        description: 'Reason, stored in the ledger.',
        examples: ['outage of 21 November'],
      }),
    }),
    { id: 'GrantRequest' },
  ),
  isIdempotent: true,
} as const satisfies RequestShape;
