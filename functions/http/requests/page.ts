import * as z from 'zod/mini';
import { described } from './fields.ts';

const MAX_ITEMS = 100;
const DEFAULT_ITEMS = 20;
/** A cursor contains the end of a key that this service made: instants, ids, `#`. */
const POSITION = /^[A-Za-z0-9_.:#-]{1,200}$/;

/** The query of a route that returns a list page by page. @param position what its cursors hold */
export function pageQueryOf(position: RegExp) {
  return z.strictObject({
    limit: z.optional(
      described(z.string().check(z.regex(/^([1-9]\d?|100)$/, `must be an integer from 1 to ${MAX_ITEMS}`)), {
        description: `Maximum number of items per page; ${DEFAULT_ITEMS} by default.`,
        examples: ['20'],
      }),
    ),
    cursor: z.optional(
      described(
        z.string().check(
          z.maxLength(300),
          z.refine(
            (text) => position.test(positionOf(text)),
            'must be the nextCursor of an earlier response',
          ),
        ),
        { description: 'The `nextCursor` of the previous page.' },
      ),
    ),
  });
}

export const pageQuery = pageQueryOf(POSITION);

/** The page that a query requests. */
export function pageAsked({ limit, cursor }: z.infer<typeof pageQuery>): {
  readonly limit: number;
  readonly after: string | undefined;
} {
  return {
    limit: limit === undefined ? DEFAULT_ITEMS : Number(limit),
    after: cursor === undefined ? undefined : positionOf(cursor),
  };
}

/** Encodes a position as a cursor; `null`: there is no further page. */
export function cursorOf(position: string | undefined): string | null {
  return position === undefined ? null : Buffer.from(position).toString('base64url');
}

function positionOf(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
