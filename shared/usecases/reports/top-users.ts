import type { TopEntry, TopIndex } from '../../adapters/dynamodb/top-index.ts';
import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { largest } from '../../domain/reports/usage-tally.ts';

export type TopUser = TopEntry;

export interface TopUsersDeps {
  readonly topIndex: Pick<TopIndex, 'largestOfDay' | 'largestOfMonth'>;
}

export interface TopUsersRequest {
  readonly feature: Feature;
  /** A day in the time zone of the reports, `2026-11-22`, or a calendar month, `2026-11`. */
  readonly period: string;
  readonly limit: number;
}

/**
 * Returns the users with the highest usage of a feature on a day or in a month, highest first; ties are
 * ordered by id. One query per shard. If more users tie for the last place than fit, an arbitrary subset is
 * returned.
 */
export async function topUsers(
  { topIndex }: TopUsersDeps,
  { feature, period, limit }: TopUsersRequest,
): Promise<TopUser[]> {
  const shards = Array.from({ length: INDEX.top.shards }, (_, shard) =>
    period.length === 'yyyy-mm'.length
      ? topIndex.largestOfMonth(feature, period, shard, limit)
      : topIndex.largestOfDay(feature, period, shard, limit),
  );
  const found = (await Promise.all(shards)).flat();
  return largest(
    found.filter(({ used }) => used > 0),
    limit,
  );
}
