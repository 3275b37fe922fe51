import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import type { AbandonedBatch } from '../../../../../infra/local/lambda/failure-destination.ts';
import type { InvocationOutcome } from '../../../../../infra/local/lambda/lambda-environment.ts';
import { deliver } from '../../../../../infra/local/stream/stream-batch.ts';

const record = (sequenceNumber: number): DynamoDBRecord => ({
  dynamodb: {
    SequenceNumber: String(sequenceNumber),
    ApproximateCreationDateTime: Math.floor(Date.now() / 1_000),
  },
});
const sequence = (records: readonly DynamoDBRecord[]) =>
  records.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber));

const DEFINITION = { bisectOnError: true, reportsItemFailures: true, maxRetries: 1, maxRecordAgeMs: 60_000 };
const FAILED: InvocationOutcome = { kind: 'failed', errorType: 'Error', errorMessage: 'no' };
const returned = (result: unknown): InvocationOutcome => ({ kind: 'returned', result });
const failures = (...sequenceNumbers: number[]) =>
  returned({ batchItemFailures: sequenceNumbers.map((number) => ({ itemIdentifier: String(number) })) });

/** Delivers 1 … 4; returns the function's calls and the abandoned records. */
async function run(
  respond: (sequenceNumbers: number[], call: number) => InvocationOutcome,
  definition: Partial<typeof DEFINITION> = {},
) {
  const calls: number[][] = [];
  const abandoned: AbandonedBatch[] = [];
  await deliver(
    {
      definition: { ...DEFINITION, ...definition },
      lambdaFunction: {
        invoke: async (event) => {
          const numbers = sequence(Object(event).Records);
          calls.push(numbers);
          return respond(numbers, calls.length);
        },
      },
      abandon: async (batch) => void abandoned.push(batch),
      signal: new AbortController().signal,
    },
    [1, 2, 3, 4].map(record),
  );
  return { calls, abandoned: abandoned.map(({ condition, records }) => [condition, ...sequence(records)]) };
}

describe('a batch', () => {
  it.each([undefined, null, {}, { batchItemFailures: [] }])(
    'is done when the function answers %o',
    async (result) => {
      expect(await run(() => returned(result))).toEqual({ calls: [[1, 2, 3, 4]], abandoned: [] });
    },
  );

  it('is redelivered from the first failed record', async () => {
    const { calls } = await run((_, call) => (call === 1 ? failures(4, 3) : returned({})));
    expect(calls).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]);
  });

  it('is halved until the poison record is alone, and only that is abandoned', async () => {
    const { calls, abandoned } = await run((numbers) => (numbers.includes(3) ? FAILED : returned({})));
    expect(calls).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [3], [4]]);
    expect(abandoned).toEqual([['RetryAttemptsExhausted', 3]]);
  });

  it('isolates a poison record also when the function reports it', async () => {
    const { abandoned } = await run((numbers) => (numbers.includes(2) ? failures(2) : returned({})));
    expect(abandoned).toEqual([['RetryAttemptsExhausted', 2]]);
  });

  it('is redelivered as a whole after a report without a valid record', async () => {
    const { calls } = await run((_, call) => (call === 1 ? failures(9) : returned({})), {
      bisectOnError: false,
    });
    expect(calls).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });

  it('is redelivered as a whole after a report that is no list', async () => {
    const { calls } = await run((_, call) => returned(call === 1 ? { batchItemFailures: 'all' } : {}), {
      bisectOnError: false,
    });
    expect(calls).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });

  it('that is too old is abandoned after a failure, with attempts left', async () => {
    const { calls, abandoned } = await run(() => FAILED, {
      bisectOnError: false,
      maxRetries: 10,
      maxRecordAgeMs: -1,
    });
    expect(calls).toHaveLength(1);
    expect(abandoned).toEqual([['RecordAgeExceeded', 1, 2, 3, 4]]);
  });

  it('succeeds whatever it reports, if the mapping does not enable reports', async () => {
    const { calls } = await run(() => failures(1), { reportsItemFailures: false });
    expect(calls).toHaveLength(1);
  });
});
