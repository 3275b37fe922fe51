import * as z from 'zod/mini';
import { MAX_AMOUNT } from '../../../shared/domain/account.ts';
import type { OperationContext } from '../../../shared/domain/quota-request.ts';
import { described, inputError, printable } from './fields.ts';

const MAX_KEYS = 20;
/**
 * The ledger and, until the next change, the account store it: above this size a consume would cost two write
 * units.
 */
const MAX_BYTES = 1_024;
/** DynamoDB stores nothing closer to zero than 1e-130. */
const SMALLEST = 1e-100;

const number = z
  .number()
  .check(
    z.refine(
      (value) => Math.abs(value) <= MAX_AMOUNT && (value === 0 || Math.abs(value) >= SMALLEST),
      `must be from -${MAX_AMOUNT} to ${MAX_AMOUNT}, and at least ${SMALLEST} away from 0 unless it is 0`,
    ),
  );

const metadata = described(
  z.record(printable(64), z.union([z.string(), number, z.boolean()])).check(({ value, issues }) => {
    if (Object.keys(value).length > MAX_KEYS) {
      issues.push(inputError('too_big', `must have at most ${MAX_KEYS} fields`, [], value));
    }
    if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) {
      issues.push(inputError('too_big', `must have at most ${MAX_BYTES} bytes as JSON`, [], value));
    }
  }),
  {
    description: 'Further data for the ledger: flat, at most 20 fields and 1 KB as JSON.',
    examples: [{ model: 'large', tokens: 812 }],
  },
);

/** Optional data about the work. */
export const contextFields = {
  resourceType: z.optional(
    described(printable(128), { description: 'The kind of resource.', examples: ['document'] }),
  ),
  resourceId: z.optional(described(printable(128), { description: 'The resource.', examples: ['doc-7'] })),
  metadata: z.optional(metadata),
};

/** The context of a request body, without absent fields. */
export function contextOf({
  resourceType,
  resourceId,
  metadata: more,
}: {
  readonly resourceType?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly metadata?: OperationContext['metadata'] | undefined;
}): OperationContext {
  return {
    ...(resourceType !== undefined && { resourceType }),
    ...(resourceId !== undefined && { resourceId }),
    ...(more !== undefined && { metadata: more }),
  };
}
