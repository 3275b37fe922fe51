import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { decodeAccountChange } from '../../shared/adapters/account-change-codec.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import type { TestTable } from './table.ts';

/** Reads every record that a table's stream holds, in the order of each shard. */
export async function readStream(table: TestTable): Promise<StreamRecord[]> {
  const client = new DynamoDBStreamsClient({
    endpoint: table.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const records: StreamRecord[] = [];
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName: table.tableName }));
  for (const { StreamArn } of Streams) {
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
      );
      let iterator = ShardIterator;
      for (let empty = 0; iterator && empty < 2; ) {
        const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
        records.push(...(page.Records ?? []));
        empty = page.Records?.length ? 0 : empty + 1;
        iterator = page.NextShardIterator;
      }
    }
  }
  client.destroy();
  return records;
}

/** The account changes among a table's stream records. */
export async function readAccountChanges(table: TestTable): Promise<AccountChange[]> {
  const records = await readStream(table);
  return records.flatMap((record) => {
    const change = decodeAccountChange(record.dynamodb ?? {});
    return change ? [change] : [];
  });
}
