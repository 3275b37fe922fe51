import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LOCAL_REGION } from '../assembly/physical-names.ts';
import type { Assembly } from '../assembly/read-assembly.ts';
import { rejectOtherLayout } from '../emulators/data-layout.ts';
import { createTable, tableDefinitions } from '../emulators/tables.ts';
import type { StackLog } from '../host/stack-log.ts';
import type { FailureDestination } from '../lambda/failure-destination.ts';
import type { LocalFunctions } from '../lambda/local-functions.ts';
import { StreamCheckpoints } from './stream-checkpoints.ts';
import { type StreamDefinition, streamDefinitions } from './stream-definition.ts';
import { StreamSubscription } from './stream-subscription.ts';

export interface TablesAndStreams {
  /** Names of the stack's tables, adopted ones included. */
  readonly tableNames: readonly string[];
  /** Stops reading the streams. Resolves when no batch is in flight. */
  stop(): Promise<void>;
}

export interface TablesAndStreamsSettings {
  readonly assembly: Assembly;
  readonly dynamodbEndpoint: string;
  readonly functions: LocalFunctions;
  readonly destination: FailureDestination;
  readonly log: StackLog;
  /** Folder of the persisted data, with the stream positions; `undefined`: in memory. */
  readonly dataFolder: string | undefined;
}

interface TableStream {
  readonly tableName: string;
  readonly streamArn: string | undefined;
  readonly partitionKey: string;
}

/**
 * Creates the stack's tables and subscribes its functions to their streams. A table whose stream is read
 * although the stack does not declare it was adopted, and exists.
 *
 * @throws Error if this release does not read the layout of persisted data; nothing is subscribed then
 */
export async function startTablesAndStreams(settings: TablesAndStreamsSettings): Promise<TablesAndStreams> {
  const { assembly, dynamodbEndpoint, dataFolder = '' } = settings;
  const client = new DynamoDBClient(clientSettings(dynamodbEndpoint));
  const tables = new Map<string, TableStream>();
  for (const table of tableDefinitions(assembly)) {
    await createTable(client, table);
    tables.set(table.arn, await tableStream(client, table.create.TableName));
  }
  const definitions = streamDefinitions(assembly);
  for (const { tableArn } of definitions) {
    if (!tables.has(tableArn)) tables.set(tableArn, await tableStream(client, tableArn.split('/')[1]));
  }
  for (const { tableName } of dataFolder ? tables.values() : [])
    await rejectOtherLayout(client, tableName, dataFolder);
  client.destroy();
  const streamsClient = new DynamoDBStreamsClient(clientSettings(dynamodbEndpoint));
  const subscriptions = definitions.map((definition) =>
    subscribe(definition, tables.get(definition.tableArn), streamsClient, settings),
  );
  return {
    tableNames: [...tables.values()].map(({ tableName }) => tableName),
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      streamsClient.destroy();
    },
  };
}

async function tableStream(client: DynamoDBClient, tableName = ''): Promise<TableStream> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const partitionKey = Table?.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  return { tableName, streamArn: Table?.LatestStreamArn, partitionKey };
}

function subscribe(
  definition: StreamDefinition,
  { streamArn, partitionKey }: Partial<TableStream> = {},
  client: DynamoDBStreamsClient,
  { functions, destination, log, dataFolder }: TablesAndStreamsSettings,
): StreamSubscription {
  if (!streamArn || !partitionKey) throw new Error(`${definition.id} reads a stream that no table has`);
  const lambdaFunction = functions.byArn(definition.functionName);
  const { functionArn } = lambdaFunction.settings;
  const source = { functionArn, mappingId: definition.id, streamArn };
  return new StreamSubscription({
    definition,
    client,
    streamArn,
    partitionKey,
    lambdaFunction,
    checkpoints: new StreamCheckpoints(dataFolder && join(dataFolder, 'dynamodb', `${definition.id}.json`)),
    abandon: (batch, shardId) =>
      destination.keepBatch(definition.failureDestinationArn, batch, { ...source, shardId }),
    log: log.for('stream'),
  });
}

function clientSettings(endpoint: string) {
  return { endpoint, region: LOCAL_REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
