import * as z from 'zod/mini';
import { MAX_AMOUNT } from '../../shared/domain/account.ts';
import type { RequestShape } from '../runtime/request-shape.ts';
import { contextFields } from './context.ts';
import { amount, docs, fault, feature, printable, units, userId } from './fields.ts';

const MAX_ITEMS = 20;

/** How fresh the answer to a question has to be. */
const freshnessFields = {
  consistent: z.optional(
    z.boolean().register(docs, { description: 'Reflect every change accepted before this call.' }),
  ),
  minVersion: z.optional(units(0, 'Reflect at least this `version`, as an earlier answer told it.')),
};

const usesFields = { userId, type: feature, amount, ...contextFields };
const uses = z.strictObject(usesFields).register(docs, { id: 'UseRequest' });

export const consumeRequest = { body: uses, isIdempotent: true } as const satisfies RequestShape;
export const releaseRequest = consumeRequest;

export const checkRequest = {
  body: z.strictObject({ ...usesFields, ...freshnessFields }).register(docs, { id: 'CheckRequest' }),
} as const satisfies RequestShape;

const item = z.strictObject({ type: feature, amount }).register(docs, { id: 'BatchItem' });

export const batchRequest = {
  body: z
    .strictObject({
      userId,
      items: z
        .array(item)
        .check(z.minLength(1), z.maxLength(MAX_ITEMS), ({ value, issues }) => {
          const sum = value.reduce((total, one) => total + one.amount, 0);
          if (sum > MAX_AMOUNT) {
            issues.push(fault('too_big', `must sum up to at most ${MAX_AMOUNT}`, [], value));
          }
        })
        .register(docs, {
          description: 'All of them are used or none. A feature that comes twice is summed.',
          examples: [
            [
              { type: 'aiRequest', amount: 1 },
              { type: 'storage', amount: 2_048 },
            ],
          ],
        }),
      ...contextFields,
    })
    .register(docs, { id: 'BatchRequest' }),
  isIdempotent: true,
} as const satisfies RequestShape;

export const resetRequest = {
  body: z
    .strictObject({
      userId,
      types: z.optional(
        z
          .array(feature)
          .check(z.minLength(1), z.maxLength(MAX_ITEMS))
          .register(docs, {
            description: 'The features to reset; without it every metered one.',
            examples: [['aiRequest']],
          }),
      ),
    })
    .register(docs, { id: 'ResetRequest' }),
  isIdempotent: true,
} as const satisfies RequestShape;

export const grantRequest = {
  body: z
    .strictObject({
      userId,
      type: feature,
      amount: units(1, 'Units more, until the current period ends.'),
      reason: printable(256).register(docs, {
        description: 'Kept in the ledger.',
        examples: ['outage of 21 November'],
      }),
    })
    .register(docs, { id: 'GrantRequest' }),
  isIdempotent: true,
} as const satisfies RequestShape;
