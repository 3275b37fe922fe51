import {
  DescribeContributorInsightsCommand,
  UpdateContributorInsightsCommand,
} from '@aws-sdk/client-dynamodb';
import { DECLARED_INDEXES } from './declared-indexes.ts';
import type { TableUnderAdoption } from './table-under-adoption.ts';

const MODE = 'THROTTLED_KEYS';

/**
 * Enables Contributor Insights for the throttled keys of the table and its indexes. Returns whether one
 * lacked it.
 */
export async function watchThrottledKeys({ client, name: TableName }: TableUnderAdoption): Promise<boolean> {
  const places = [{ TableName }, ...DECLARED_INDEXES.map(({ IndexName }) => ({ TableName, IndexName }))];
  let isChanged = false;
  for (const place of places) {
    const { ContributorInsightsStatus: status, ContributorInsightsMode: mode } = await client.send(
      new DescribeContributorInsightsCommand(place),
    );
    if ((status === 'ENABLED' || status === 'ENABLING') && mode === MODE) continue;
    const change = { ...place, ContributorInsightsAction: 'ENABLE', ContributorInsightsMode: MODE } as const;
    await client.send(new UpdateContributorInsightsCommand(change));
    isChanged = true;
  }
  return isChanged;
}
