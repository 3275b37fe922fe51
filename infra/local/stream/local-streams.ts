import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { Assembly } from '../assembly/read-assembly.ts';
import type { FailureDestination } from '../failure-destination.ts';
import type { LocalFunctions } from '../lambda/local-functions.ts';
import type { StackLog } from '../stack-log.ts';
import { createTable, tableDefinitions } from '../tables.ts';
import { StreamCheckpoints } from './stream-checkpoints.ts';
import { streamDefinitions } from './stream-definition.ts';
import { StreamSubscription } from './stream-subscription.ts';

export interface TablesAndStreams {
  /** Names of the stack's tables. */
  readonly tableNames: readonly string[];
  /** Stops reading the streams; resolves when no batch is in flight. */
  stop(): Promise<void>;
}

/**
 * Creates the stack's tables and subscribes its functions to their streams.
 *
 * @param checkpointFolder keeps how far streams were read; none: in memory
 */
export async function startTablesAndStreams(
  assembly: Assembly,
  client: DynamoDBClient,
  functions: LocalFunctions,
  destination: FailureDestination,
  log: StackLog,
  checkpointFolder: string | undefined,
): Promise<TablesAndStreams> {
  const streams = new Map<string, { streamArn: string | undefined; partitionKey: string }>();
  const tables = tableDefinitions(assembly);
  for (const table of tables) {
    const partitionKey =
      table.create.KeySchema?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
    streams.set(table.arn, { streamArn: await createTable(client, table), partitionKey });
  }
  const streamsClient = new DynamoDBStreamsClient({
    endpoint: await endpointOf(client),
    region: await client.config.region(),
    credentials: client.config.credentials,
  });
  const subscriptions = streamDefinitions(assembly).map((definition) => {
    const { streamArn, partitionKey = '' } = streams.get(definition.tableArn) ?? {};
    if (!streamArn) throw new Error(`${definition.id} reads a stream that no table has`);
    const lambdaFunction = functions.byArn(definition.functionName);
    const { functionArn } = lambdaFunction.settings;
    const source = { functionArn, mappingId: definition.id, streamArn };
    return new StreamSubscription({
      definition,
      client: streamsClient,
      streamArn,
      partitionKey,
      lambdaFunction,
      checkpoints: new StreamCheckpoints(checkpointFolder && join(checkpointFolder, `${definition.id}.json`)),
      abandon: (batch, shardId) =>
        destination.keepBatch(definition.failureDestinationArn, batch, { ...source, shardId }),
      log: log.for('stream'),
    });
  });
  return {
    tableNames: tables.map(({ create }) => create.TableName ?? ''),
    async stop() {
      await Promise.all(subscriptions.map((subscription) => subscription.stop()));
      streamsClient.destroy();
    },
  };
}

async function endpointOf(client: DynamoDBClient): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  if (!endpoint) throw new Error('The local stack never talks to DynamoDB itself');
  return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}`;
}
