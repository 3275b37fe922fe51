import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { AbandonedBatch } from '../lambda/failure-destination.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import { eventFilter } from './event-filter.ts';
import { deliver } from './stream-batch.ts';
import type { StreamCheckpoints } from './stream-checkpoints.ts';
import type { StreamDefinition } from './stream-definition.ts';
import { lambdaRecord } from './stream-record.ts';

export interface StreamSubscriptionSettings {
  readonly definition: StreamDefinition;
  readonly client: DynamoDBStreamsClient;
  readonly streamArn: string;
  readonly partitionKey: string;
  readonly lambdaFunction: LambdaFunction;
  readonly checkpoints: StreamCheckpoints;
  readonly abandon: (batch: AbandonedBatch, shardId: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/** Pause between polls of an idle stream (Lambda polls four times a second). */
const IDLE_POLL_MS = 100;
const READ_LIMIT = 1_000;

/**
 * Reads a table's stream and invokes the function with batches: each record at least once, records of one
 * partition key in order.
 */
export class StreamSubscription {
  readonly #settings: StreamSubscriptionSettings;
  readonly #passes: (event: unknown) => boolean;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(settings: StreamSubscriptionSettings) {
    this.#settings = settings;
    this.#passes = eventFilter(settings.definition.filterPatterns);
    this.#running = this.#run();
  }

  /** Resolves when no batch is in flight. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const finished = new Set<string>();
    while (!this.#stopping.signal.aborted) {
      try {
        const shards = await this.#openShards(finished);
        // A child's records follow its parent's: a shard is read when its parent is finished.
        await Promise.all(shards.map((shardId) => this.#readShard(shardId, finished)));
        if (shards.length === 0) await this.#pause();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#settings.log(`Stream of ${this.#settings.streamArn} could not be read, trying again: ${error}`);
        await this.#pause();
      }
    }
  }

  async #openShards(finished: ReadonlySet<string>): Promise<string[]> {
    const { client, streamArn, checkpoints } = this.#settings;
    const shards: Shard[] = [];
    let lastShardId: string | undefined;
    do {
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({
          StreamArn: streamArn,
          ...(lastShardId && { ExclusiveStartShardId: lastShardId }),
        }),
      );
      shards.push(...(StreamDescription?.Shards ?? []));
      lastShardId = StreamDescription?.LastEvaluatedShardId;
    } while (lastShardId);
    const unread = shards.filter(
      ({ ShardId = '' }) => !finished.has(ShardId) && !checkpoints.isFinished(ShardId),
    );
    const unreadIds = new Set(unread.map(({ ShardId }) => ShardId));
    return unread
      .filter(({ ParentShardId }) => !unreadIds.has(ParentShardId))
      .map(({ ShardId = '' }) => ShardId);
  }

  async #readShard(shardId: string, finished: Set<string>): Promise<void> {
    const { client, checkpoints } = this.#settings;
    let iterator = await this.#iterator(shardId);
    let drainedAtMs = 0;
    while (iterator && !this.#stopping.signal.aborted) {
      const readAtMs = Date.now();
      const { Records = [], NextShardIterator } = await client.send(
        new GetRecordsCommand({ ShardIterator: iterator, Limit: READ_LIMIT }),
      );
      iterator = NextShardIterator;
      const notBeforeMs = drainedAtMs;
      if (Records.length < READ_LIMIT) drainedAtMs = readAtMs;
      const last = Records.at(-1)?.dynamodb?.SequenceNumber;
      if (!last) {
        if (iterator) await this.#pause();
        continue;
      }
      await this.#deliverAll(
        Records.map((record) => lambdaRecord(record, this.#settings.streamArn, notBeforeMs)),
        shardId,
      );
      if (!this.#stopping.signal.aborted) checkpoints.advance(shardId, last);
    }
    if (!iterator && !this.#stopping.signal.aborted) {
      finished.add(shardId);
      checkpoints.finish(shardId);
    }
  }

  async #iterator(shardId: string): Promise<string | undefined> {
    const { client, streamArn, definition, checkpoints } = this.#settings;
    const after = checkpoints.position(shardId);
    const from = (position: Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'SequenceNumber'>) =>
      client.send(new GetShardIteratorCommand({ StreamArn: streamArn, ShardId: shardId, ...position }));
    const start = definition.fromBeginning ? 'TRIM_HORIZON' : 'LATEST';
    try {
      const { ShardIterator } = await from(
        after
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }
          : { ShardIteratorType: start },
      );
      return ShardIterator;
    } catch (error) {
      if (!(error instanceof TrimmedDataAccessException)) throw error;
      // The data was not used for a day: the stream has trimmed the position, and all remaining records are
      // new.
      return (await from({ ShardIteratorType: 'TRIM_HORIZON' })).ShardIterator;
    }
  }

  /** Delivers in as many lanes as the parallelization factor; a partition key has a fixed lane. */
  async #deliverAll(records: readonly DynamoDBRecord[], shardId: string): Promise<void> {
    const { definition, lambdaFunction, abandon } = this.#settings;
    const lanes = Array.from({ length: definition.parallelizationFactor }, (): DynamoDBRecord[] => []);
    for (const record of records.filter(this.#passes)) lanes[this.#laneOf(record)]?.push(record);
    const delivery = {
      definition,
      lambdaFunction,
      signal: this.#stopping.signal,
      abandon: (batch: AbandonedBatch) => abandon(batch, shardId),
    };
    await Promise.all(
      lanes.map(async (lane) => {
        for (let start = 0; start < lane.length; start += definition.batchSize) {
          await deliver(delivery, lane.slice(start, start + definition.batchSize));
        }
      }),
    );
  }

  #laneOf(record: DynamoDBRecord): number {
    const key = JSON.stringify(record.dynamodb?.Keys?.[this.#settings.partitionKey]) ?? '';
    let hash = 0;
    for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
    return hash % this.#settings.definition.parallelizationFactor;
  }

  /** Waits between two reads, at least for the batching window. */
  #pause(): Promise<void> {
    const pauseMs = Math.max(IDLE_POLL_MS, this.#settings.definition.batchingWindowMs);
    return sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
