import * as z from 'zod/mini';
import { count, described, flag } from './fields.ts';

/** Required freshness of a response; by default it may come from a cache. */
export const freshnessFields = {
  consistent: z.optional(described(flag, { description: 'Include every change accepted before this call.' })),
  minVersion: z.optional(
    described(count, {
      description: 'Include at least this version, as returned by an earlier response.',
      examples: ['17'],
    }),
  ),
};

export const freshness = z.strictObject(freshnessFields);

/** The freshness that a query requires. */
export function freshnessAsked({
  consistent,
  minVersion,
}: Pick<z.infer<typeof freshness>, 'consistent' | 'minVersion'>) {
  return { consistent: consistent === 'true', minVersion: Number(minVersion ?? 0) };
}
