import * as z from 'zod/mini';
import { AMOUNT_BOUND, PROBES } from '../../../shared/contract.ts';
import { FEATURE_PATTERN, INTERVALS, MAX_AMOUNT } from '../../../shared/domain/account.ts';
import { USER_ID_PATTERN } from '../../../shared/domain/user-id.ts';

/**
 * A copy of a schema with its text in the OpenAPI document. A copy, because the registry keeps one text per
 * instance: a description put on a shared constant would appear on every field made of it.
 */
export function described<S extends z.ZodMiniType>(schema: S, meta: z.core.GlobalMeta): S {
  const copy = z.clone(schema);
  z.globalRegistry.add(copy, meta);
  return copy;
}

/** An issue of a rule that no schema type expresses, with its own message. */
export function inputError(code: string, message: string, path: PropertyKey[], input: unknown) {
  return { code: 'custom' as const, params: { code }, message, path, input };
}

export const userId = described(
  z
    .string()
    .check(
      z.regex(
        USER_ID_PATTERN,
        'must have 1 to 128 characters: letters, digits and . _ : @ | + = ~ -, the first a letter, a digit, _ or -',
      ),
    ),
  {
    description: `The user's id in your product. Ids that begin with \`${PROBES.userPrefix}\` are reserved.`,
    examples: ['user-42'],
  },
);

export const feature = described(
  z
    .string()
    .check(z.regex(FEATURE_PATTERN, 'must have 1 to 40 letters and digits, the first a small letter')),
  { description: 'A feature of the plans, which is counted.', examples: ['aiRequest'] },
);

export const planId = described(
  z
    .string()
    .check(
      z.regex(
        /^[a-z0-9][a-z0-9_-]{0,39}$/,
        'must have 1 to 40 characters: small letters, digits, _ and -, the first a letter or digit',
      ),
    ),
  { description: 'The plan.', examples: ['pro'] },
);

/** Any integer that every JSON reader keeps exact, from `least` on. */
export function units(least: number, description: string) {
  return described(
    z
      .int(`must be an integer from ${least} to ${MAX_AMOUNT}`)
      .check(z.gte(least, `must be an integer from ${least} to ${MAX_AMOUNT}`)),
    { description },
  );
}

/** The bound of one operation, as the document describes it. */
export const AMOUNT_BOUND_TEXT = `At most the deployment's \`maxAmount\` (default ${AMOUNT_BOUND.byDefault}); above it, 400 \`amount_too_large\`.`;

/** Units of an operation, bounded by the deployment. */
export const amount = z._default(units(1, `Number of units; bytes for storage. ${AMOUNT_BOUND_TEXT}`), 1);

/**
 * The characters of Unicode's category C that one class can name in every dialect: controls, formats and
 * private use of the basic plane. Python's `re` takes neither `\P{C}` nor `\u{…}`.
 */
const INVISIBLE = [
  String.raw`\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e`,
  String.raw`\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ue000-\uf8ff\ufeff\ufff9-\ufffb`,
].join('');

/**
 * Text without control characters and other invisible ones (category C), of 1 to `longest` characters. The
 * document has a pattern that every accepted text matches; it leaves out what only Unicode's tables know,
 * such as unassigned characters.
 */
export function printable(longest: number) {
  const schema = z
    .string()
    .check(
      z.regex(
        new RegExp(`^\\P{C}{1,${longest}}$`, 'u'),
        `must have 1 to ${longest} characters and no control characters`,
      ),
    );
  return described(schema, { override: { pattern: `^[^${INVISIBLE}]{1,${longest}}$` } });
}

export const interval = described(z.enum(INTERVALS), {
  description: 'Length of a period; `never` makes a gauge, which decreases by release only.',
});

/**
 * Days before it or after it leave the range of ISO 8601 with four digits, or predate every calendar that the
 * service knows.
 */
const RANGE = { from: Date.UTC(1970, 0, 1), before: Date.UTC(3000, 0, 1) };

/** An invalid date already has an issue. */
function isInRange(text: string): boolean {
  const at = Date.parse(text);
  return Number.isNaN(at) || (at >= RANGE.from && at < RANGE.before);
}

export const instant = z.iso
  .datetime({ offset: true, error: 'must be an instant in ISO 8601, such as 2026-11-22T10:00:00Z' })
  .check(z.refine(isInRange, 'must be in the years 1970 to 2999 (UTC)'));

export const date = z.iso
  .date('must be a date such as 2026-11-22')
  .check(z.refine(isInRange, 'must be in the years 1970 to 2999'));

/** A flag in a query. */
export const flag = z.enum(['true', 'false']);

/** A count in a query. */
export const count = z
  .string()
  .check(z.regex(/^(0|[1-9]\d{0,14})$/, 'must be an integer of at most 15 digits'));
