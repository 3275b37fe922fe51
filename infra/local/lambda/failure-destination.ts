import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import type { InvocationOutcome } from './lambda-environment.ts';

/** A batch that was given up, with why, as the failure destination gets it. */
export interface AbandonedBatch {
  readonly condition: 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
  readonly attempts: number;
  readonly records: readonly DynamoDBRecord[];
}

/**
 * Keeps what a function could not process, as the declared destination would: an object of a bucket or a message of a queue is a
 * JSON file in a folder of that name.
 */
export class FailureDestination {
  readonly #folder: string;
  readonly #log: (line: string) => void;

  constructor(folder: string, log: (line: string) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  /** The invocation record of a stream batch; a bucket, unlike a queue, gets the records themselves too. */
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

  /** The invocation record of an event that nobody waited for. */
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
      this.#log(`given up, and no destination is declared: ${JSON.stringify(record)}`);
      return;
    }
    const name = `${new Date().toISOString().slice(0, 19).replaceAll(':', '.')}-${randomUUID()}.json`;
    const file = join(this.#folder, destinationArn.split(':').at(-1) ?? '', prefix, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(record));
    this.#log(`given up, kept in ${file}`);
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
