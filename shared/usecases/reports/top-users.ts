import type { TopEntry, TopIndex } from '../../adapters/dynamodb/top-index.ts';
import { INDEX } from '../../contract.ts';
import type { Feature } from '../../domain/account.ts';
import { largest } from '../../domain/reports/usage-tally.ts';

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
 * Who used most of a feature on a day, or in a month: the largest first, of equals the one whose id sorts first. One
 * query per shard. Where more users share the last place than fit, it is not said which of them are named.
 */
export async function topUsers(
  { topIndex }: TopUsersDeps,
  { feature, period, limit }: TopUsersRequest,
): Promise<TopEntry[]> {
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
