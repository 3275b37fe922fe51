import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { isReadable, LAYOUT, unreadableLayout } from '../../../shared/contract.ts';

/**
 * Checks that this release reads the persisted data.
 *
 * @throws Error in one line with the two remedies
 */
export async function rejectOtherLayout(
  client: Pick<DynamoDBClient, 'send'>,
  tableName: string,
  dataFolder: string,
): Promise<void> {
  const { pk, sk } = LAYOUT.key;
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }));
  const layout = Number(Item?.[LAYOUT.attribute]?.N ?? LAYOUT.default);
  if (isReadable(layout)) return;
  throw new Error(
    `${unreadableLayout(dataFolder, layout)}. Start the release that wrote it, or choose another --data.`,
  );
}
