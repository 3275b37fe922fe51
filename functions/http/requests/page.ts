import * as z from 'zod/mini';
import { described } from './fields.ts';

const MAX_ITEMS = 100;
const DEFAULT_ITEMS = 20;
/** A cursor holds the end of a key that this service has made: instants, ids, `#`. */
const POSITION = /^[A-Za-z0-9_.:#-]{1,200}$/;

/** The query of a route that returns a list page by page. @param position what its cursors hold */
export function pageQueryOf(position: RegExp) {
  return z.strictObject({
    limit: z.optional(
      described(z.string().check(z.regex(/^([1-9]\d?|100)$/, `must be an integer from 1 to ${MAX_ITEMS}`)), {
        description: `Items per page at most; ${DEFAULT_ITEMS} by default.`,
        examples: ['20'],
      }),
    ),
    cursor: z.optional(
      described(
        z.string().check(
          z.maxLength(300),
          z.refine((text) => position.test(positionOf(text)), 'must be the nextCursor of an earlier answer'),
        ),
        { description: 'The `nextCursor` of the page before.' },
      ),
    ),
  });
}

export const pageQuery = pageQueryOf(POSITION);

/** Which page a query asks for. */
export function pageAsked({ limit, cursor }: z.infer<typeof pageQuery>): {
  readonly limit: number;
  readonly after: string | undefined;
} {
  return {
    limit: limit === undefined ? DEFAULT_ITEMS : Number(limit),
    after: cursor === undefined ? undefined : positionOf(cursor),
  };
}

/** The cursor that leads to a position; `null`: there is no further page. */
export function cursorOf(position: string | undefined): string | null {
  return position === undefined ? null : Buffer.from(position).toString('base64url');
}

function positionOf(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}
