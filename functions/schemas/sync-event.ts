import * as z from 'zod/mini';
import { userId } from './fields.ts';

/** Loose: the schedule sends an event of its own shape, which asks for nothing in particular. */
const syncEvent = z.looseObject({ userId: z.optional(userId), force: z.optional(z.boolean()) });

/** What a run of the sync is asked for. The error names the fields that are wrong. */
export function readSyncEvent(event: unknown): {
  readonly userId?: string | undefined;
  readonly force?: boolean | undefined;
} {
  const read = syncEvent.safeParse(event ?? {});
  if (read.success) return { userId: read.data.userId, force: read.data.force };
  const names = read.error.issues.map(({ path }) => path.join('.') || 'the whole of it').join(', ');
  throw new Error(`the event of the sync is not as expected: ${names}`);
}
