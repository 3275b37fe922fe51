import type { ArchiveProgress } from '../../adapters/dynamodb/archive-progress.ts';
import { LEAST_RETENTION_DAYS } from '../../contract.ts';
import { addDays, dateOf } from '../../domain/date-range.ts';

export interface ReadKeptDeps {
  readonly archiveProgress: Pick<ArchiveProgress, 'read'>;
  /** Epoch ms. */
  readonly now: () => number;
  /** The time zone in which days of usage and reports begin (IANA). @default 'UTC' */
  readonly reportTimeZone?: string;
}

/** `not_kept`: the days before `keptFrom` (`2026-08-24`) are archived, and are no longer in the table. */
export type KeptOutcome<T> =
  | { readonly code: 'read'; readonly value: T }
  | { readonly code: 'not_kept'; readonly keptFrom: string };

/**
 * Reads usage from a day on, if the table has all of it: a missing day would look like one without use.
 * Recent days are always kept, so they cost no look-up.
 *
 * @param from the first day: `2026-11-22`
 */
export async function readKept<T>(
  { archiveProgress, now, reportTimeZone }: ReadKeptDeps,
  from: string,
  read: () => Promise<T>,
): Promise<KeptOutcome<T>> {
  const today = dateOf(now(), reportTimeZone);
  if (from < addDays(today, -LEAST_RETENTION_DAYS.usage)) {
    const { cutoffs } = await archiveProgress.read();
    const { usageBefore: keptFrom } = cutoffs;
    if (keptFrom !== undefined && from < keptFrom) return { code: 'not_kept', keptFrom };
  }
  return { code: 'read', value: await read() };
}
