import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  DeleteTableCommand,
  DynamoDBClient,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTable } from '../../../infra/local/emulators/tables.ts';
import { translation } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { declaredTable } from '../../support/declared-table.ts';
import { StreamTail } from '../../support/stream.ts';
import { historyDeps } from './history.ts';
import { readHistory } from './read-history.ts';
import { storeHistory } from './store-history.ts';

/** Items in the JSON of DynamoDB's API, and the results of reading them by the code that wrote them. */
export interface RecordedHistory {
  readonly items: readonly Record<string, AttributeValue>[];
  readonly read: Record<string, unknown>;
}

/** @param endpoint of DynamoDB Local */
export async function recordHistory(endpoint: string): Promise<RecordedHistory> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'eu-central-1', credentials });
  const tableName = `released-${randomUUID()}`;
  const declared = declaredTable();
  await createTable(client, { ...declared, create: { ...declared.create, TableName: tableName } });
  const deps = historyDeps({ client: DynamoDBDocumentClient.from(client, translation()), name: tableName });
  const stream = new StreamTail({ tableName, endpoint });
  let taken = 0;
  await storeHistory(deps, async () => {
    const all = await stream.changes();
    const since = all.slice(taken);
    taken = all.length;
    return since;
  });
  const items: Record<string, AttributeValue>[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName })) items.push(...Items);
  items.sort((one, other) => sortText(one).localeCompare(sortText(other)));
  const read = await readHistory(deps);
  await client.send(new DeleteTableCommand({ TableName: tableName }));
  client.destroy();
  return { items, read };
}

const sortText = ({ pk, sk }: Record<string, AttributeValue>) => `${pk?.S} ${sk?.S}`;
