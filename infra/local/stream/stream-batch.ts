import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import type { AbandonedBatch } from '../lambda/failure-destination.ts';
import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { StreamDefinition } from './stream-definition.ts';

export interface BatchDelivery {
  readonly definition: Pick<
    StreamDefinition,
    'bisectOnError' | 'reportsItemFailures' | 'maxRetries' | 'maxRecordAgeMs'
  >;
  readonly lambdaFunction: Pick<LambdaFunction, 'invoke'>;
  readonly abandon: (batch: AbandonedBatch) => Promise<void>;
  /** Aborted when the stack stops; undelivered records stay undelivered. */
  readonly signal: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Delivers a batch in order until every record is processed or abandoned, as an event source mapping does.
 *
 * After reported item failures, delivery restarts at the first failed record; earlier ones count as
 * processed. If that is the first record of the batch, or the whole call failed, a bisecting mapping halves
 * the batch (which is no attempt), so that a poison record ends up alone. An invalid response is a failure of
 * the whole batch.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function deliver(
  delivery: BatchDelivery,
  records: readonly DynamoDBRecord[],
  attempts = 0,
): Promise<void> {
  const { definition, lambdaFunction, signal } = delivery;
  if (records.length === 0 || signal.aborted) return;
  const outcome = await lambdaFunction.invoke({ Records: records });
  if (signal.aborted) return;
  const processed =
    outcome.kind === 'failed'
      ? 0
      : definition.reportsItemFailures
        ? processedCount(outcome.result, records)
        : records.length;
  const rest = records.slice(processed);
  if (rest.length === 0) return;
  if (processed > 0) return retry(delivery, rest, attempts + 1);
  if (definition.bisectOnError && rest.length > 1) {
    const middle = Math.ceil(rest.length / 2);
    await deliver(delivery, rest.slice(0, middle), attempts);
    await deliver(delivery, rest.slice(middle), attempts);
    return;
  }
  return retry(delivery, rest, attempts + 1);
}

async function retry(
  delivery: BatchDelivery,
  records: readonly DynamoDBRecord[],
  attempts: number,
): Promise<void> {
  const { maxRetries, maxRecordAgeMs } = delivery.definition;
  const createdAtMs = (records[0]?.dynamodb?.ApproximateCreationDateTime ?? 0) * 1_000;
  if (attempts > maxRetries) {
    return delivery.abandon({ condition: 'RetryAttemptsExhausted', attempts, records });
  }
  if (Date.now() - createdAtMs > maxRecordAgeMs) {
    return delivery.abandon({ condition: 'RecordAgeExceeded', attempts, records });
  }
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
  await sleep(pauseMs, undefined, { signal: delivery.signal }).catch(() => {});
  await deliver(delivery, records, attempts);
}

/** Returns how many records from the start were processed, as the function reports. */
function processedCount(result: unknown, records: readonly DynamoDBRecord[]): number {
  // Nothing, an empty object and an empty list all mean success.
  const failures: unknown = Object(result).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return 0;
  const positions = failures.map((failure) => {
    const { itemIdentifier } = Object(failure);
    return records.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier);
  });
  // An identifier of no record in the batch (−1) makes the report invalid.
  return positions.includes(-1) ? 0 : Math.min(records.length, ...positions);
}
