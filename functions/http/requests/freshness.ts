import * as z from 'zod/mini';
import { count, described, flag } from './fields.ts';

/** How fresh an answer has to be; without, it may come from a cache. */
export const freshnessFields = {
  consistent: z.optional(described(flag, { description: 'Reflect every change accepted before this call.' })),
  minVersion: z.optional(
    described(count, {
      description: 'Reflect at least this version, as an earlier answer told it.',
      examples: ['17'],
    }),
  ),
};

export const freshness = z.strictObject(freshnessFields);

/** What a query asks of freshness. */
export function freshnessAsked({
  consistent,
  minVersion,
}: Pick<z.infer<typeof freshness>, 'consistent' | 'minVersion'>) {
  return { consistent: consistent === 'true', minVersion: Number(minVersion ?? 0) };
}
