import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { lambdaRecord } from '../../infra/local/stream/stream-record.ts';
import { decodeAccountChange } from '../../shared/adapters/dynamodb/account-change-codec.ts';
import type { AccountChange } from '../../shared/domain/rollup.ts';
import type { TestTable } from './table.ts';

/** The account changes in a table's stream, in the order of each shard; remembers its position. */
export class StreamTail {
  readonly #table: Pick<TestTable, 'tableName' | 'endpoint'>;
  readonly #client: DynamoDBStreamsClient;
  readonly #iterators = new Map<string, string | undefined>();
  readonly #changes: AccountChange[] = [];
  readonly #records: StreamRecord[] = [];

  constructor(table: Pick<TestTable, 'tableName' | 'endpoint'>) {
    this.#table = table;
    this.#client = new DynamoDBStreamsClient({
      endpoint: table.endpoint,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  /** Every change from the beginning to now. */
  async changes(): Promise<readonly AccountChange[]> {
    await this.#readAll();
    return this.#changes;
  }

  /** Every record from the beginning to now, in Lambda's form. */
  async records(): Promise<readonly DynamoDBRecord[]> {
    await this.#readAll();
    return this.#records.map((record) => lambdaRecord(record, 'arn:stream', 0));
  }

  async #readAll(): Promise<void> {
    await this.#findShards();
    for (const shard of this.#iterators.keys()) {
      for (const record of await this.#readOn(shard)) {
        this.#records.push(record);
        const change = decodeAccountChange(record.dynamodb ?? {});
        if (change) this.#changes.push(change);
      }
    }
  }

  async #findShards(): Promise<void> {
    const { Streams = [] } = await this.#client.send(
      new ListStreamsCommand({ TableName: this.#table.tableName }),
    );
    for (const { StreamArn } of Streams) {
      const { StreamDescription } = await this.#client.send(new DescribeStreamCommand({ StreamArn }));
      for (const { ShardId } of StreamDescription?.Shards ?? []) {
        if (ShardId === undefined || this.#iterators.has(ShardId)) continue;
        const { ShardIterator } = await this.#client.send(
          new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
        );
        this.#iterators.set(ShardId, ShardIterator);
      }
    }
  }

  async #readOn(shard: string): Promise<StreamRecord[]> {
    const records: StreamRecord[] = [];
    let iterator = this.#iterators.get(shard);
    for (let empty = 0; iterator && empty < 2; ) {
      const page = await this.#client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      records.push(...(page.Records ?? []));
      empty = page.Records?.length ? 0 : empty + 1;
      iterator = page.NextShardIterator;
    }
    this.#iterators.set(shard, iterator);
    return records;
  }
}
