import * as z from 'zod/mini';
import { FEATURE_PATTERN, INTERVALS, MAX_AMOUNT } from '../../shared/domain/account.ts';

/** Describes a schema for the OpenAPI document. */
export const docs = z.globalRegistry;

/** A violated rule that no schema type expresses, with words of its own. */
export function fault(code: string, message: string, path: PropertyKey[], input: unknown) {
  return { code: 'custom' as const, params: { code }, message, path, input };
}

export const userId = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._:@|+=~-]{0,127}$/,
      'must have 1 to 128 characters: letters, digits and . _ : @ | + = ~ -, the first a letter or digit',
    ),
  )
  .register(docs, { description: 'The user, as your product names it.', examples: ['user-42'] });

export const feature = z
  .string()
  .check(z.regex(FEATURE_PATTERN, 'must have 1 to 40 letters and digits, the first a small letter'))
  .register(docs, { description: 'What is counted: a feature of the plans.', examples: ['aiRequest'] });

export const planId = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9_-]{0,39}$/,
      'must have 1 to 40 characters: small letters, digits, _ and -, the first a letter or digit',
    ),
  )
  .register(docs, { description: 'The plan.', examples: ['pro'] });

/** Any integer that every JSON reader keeps exact, from `least` on. */
export function units(least: number, description: string) {
  return z
    .int(`must be an integer from ${least} to ${MAX_AMOUNT}`)
    .check(z.gte(least, `must be an integer from ${least} to ${MAX_AMOUNT}`))
    .register(docs, { description });
}

export const amount = z._default(units(1, 'How many units; bytes for storage.'), 1);

/** Text without control characters, of 1 to `longest` characters. */
export function printable(longest: number) {
  return z
    .string()
    .check(
      z.regex(
        new RegExp(`^\\P{C}{1,${longest}}$`, 'u'),
        `must have 1 to ${longest} characters and no control characters`,
      ),
    );
}

export const interval = z.enum(INTERVALS).register(docs, {
  description: 'How long a period lasts; `never` makes a gauge, which goes down by release only.',
});

export const instant = z.iso.datetime({
  offset: true,
  error: 'must be an instant in ISO 8601, such as 2026-11-22T10:00:00Z',
});

export const date = z.iso.date('must be a date such as 2026-11-22');

/** A flag in a query. */
export const flag = z.enum(['true', 'false']);

/** A count in a query. */
export const count = z
  .string()
  .check(z.regex(/^(0|[1-9]\d{0,14})$/, 'must be an integer of at most 15 digits'));
