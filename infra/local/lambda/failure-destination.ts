import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import type { InvocationOutcome } from './lambda-environment.ts';

/** An abandoned batch with its cause. */
export interface AbandonedBatch {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly attempts: number;
  readonly records: readonly DynamoDBRecord[];
}

/**
 * Stores events that a function could not process: an object of the declared bucket, or a message of the
 * queue, is a JSON file in a folder of that name.
 */
export class FailureDestination {
  readonly #folder: string;
  readonly #log: (line: string) => void;

  constructor(folder: string, log: (line: string) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  /** Stores the invocation record of a stream batch; for a bucket, unlike a queue, with the records. */
  async keepBatch(
    destinationArn: string | undefined,
    batch: AbandonedBatch,
    source: { functionArn: string; mappingId: string; shardId: string; streamArn: string },
  ): Promise<void> {
    const { condition, attempts, records } = batch;
    const arrival = (record = records[0]) =>
      new Date((record?.dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000).toISOString();
    const record = {
      ...envelope(source.functionArn, condition, attempts),
      DDBStreamBatchInfo: {
        shardId: source.shardId,
        startSequenceNumber: records[0]?.dynamodb?.SequenceNumber,
        endSequenceNumber: records.at(-1)?.dynamodb?.SequenceNumber,
        approximateArrivalOfFirstRecord: arrival(),
        approximateArrivalOfLastRecord: arrival(records.at(-1)),
        batchSize: records.length,
        streamArn: source.streamArn,
      },
      ...(destinationArn?.startsWith('arn:aws:s3:') && { payload: JSON.stringify({ Records: records }) }),
    };
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    await this.#keep(destinationArn, `aws/lambda/${source.mappingId}/${source.shardId}/${day}`, record);
  }

  /** Stores the invocation record of an asynchronous event. */
  async keepEvent(
    destinationArn: string | undefined,
    functionArn: string,
    event: unknown,
    attempts: number,
    outcome: InvocationOutcome,
  ): Promise<void> {
    const { kind, ...responsePayload } = outcome;
    const record = {
      ...envelope(functionArn, 'RetriesExhausted', attempts),
      requestPayload: event,
      responsePayload,
    };
    await this.#keep(destinationArn, kind, record);
  }

  async #keep(destinationArn: string | undefined, prefix: string, record: unknown): Promise<void> {
    if (destinationArn === undefined) {
      this.#log(`abandoned, no destination declared: ${JSON.stringify(record)}`);
      return;
    }
    const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '.')}-${randomUUID()}.json`;
    const file = join(this.#folder, destinationArn.split(':').at(-1) ?? '', prefix, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(record));
    this.#log(`abandoned, stored in ${file}`);
  }
}

function envelope(functionArn: string, condition: string, attempts: number) {
  return {
    requestContext: { requestId: randomUUID(), functionArn, condition, approximateInvokeCount: attempts },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
  };
}
