import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AnswerLost, Unavailable } from '../../domain/faults.ts';

/** How long one attempt may take before its answer counts as lost. */
const REQUEST_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 500;

/** The table and the client that reaches it; what every store is made of. */
export interface Table {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
}

/**
 * The document client. The SDK's own retries are off: for a write they would hide whether an earlier attempt was
 * applied, so the use cases retry, with the operation's id.
 */
export function createDynamoDb(): DynamoDBDocumentClient {
  const agent = { keepAlive: true, maxSockets: 100 };
  const client = new DynamoDBClient({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  return DynamoDBDocumentClient.from(client, {
    // Without it the marshaller refuses a map that has a key named `constructor`, which is a legal feature name.
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  });
}

/** Turned away before they were tried: throttled, or in conflict with a transaction. */
const NOT_APPLIED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
]);

/** Connection errors that come before a byte of the request was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Runs one request and says of its failure what it means for the item: `Unavailable` (not applied, safe to try
 * again) or `AnswerLost` (timeout, connection lost, 5xx, an unreadable answer: it may have been applied). A refused
 * condition and a request that is wrong in itself (4xx) are thrown as they are: trying again cannot help.
 *
 * Source: "Error handling with DynamoDB", Amazon DynamoDB Developer Guide.
 */
export async function attempt<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof ConditionalCheckFailedException) throw error;
    if (NOT_APPLIED.has(error.name) || NEVER_SENT.has(codeOf(error))) {
      throw new Unavailable('the store turned the request away', { cause: error });
    }
    const status = statusOf(error);
    if (status !== undefined && status >= 400 && status < 500) throw error;
    throw new AnswerLost("the store's answer was lost", { cause: error });
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The HTTP status of an answer that came from the service; absent when none came. */
function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const metadata = error.$metadata as { httpStatusCode?: number } | undefined; // set by every SDK error
  return metadata?.httpStatusCode;
}
