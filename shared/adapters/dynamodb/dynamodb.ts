import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, type TranslateConfig } from '@aws-sdk/lib-dynamodb';
import { AnswerLost, Unavailable } from '../../domain/faults.ts';

const REQUEST_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 500;

/** The table and its client; every store is made from it. */
export interface Table {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
}

/**
 * The document client. The SDK's own retries are off: for a write they would hide whether an earlier attempt
 * was applied, so the use cases retry, with the operation's id.
 *
 * @param config endpoint, region and credentials, if not from the environment; and, for read-only clients,
 * the SDK's attempts
 * @param requestTimeoutMs how long one attempt may take before its answer counts as lost
 */
export function createDynamoDb(
  config: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials' | 'maxAttempts'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): DynamoDBDocumentClient {
  const agent = { keepAlive: true, maxSockets: 100 };
  const client = new DynamoDBClient({
    maxAttempts: 1,
    ...config,
    requestHandler: {
      connectionTimeout: Math.max(CONNECTION_TIMEOUT_MS, requestTimeoutMs / 2),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  return DynamoDBDocumentClient.from(client, translation());
}

/** How items are marshalled. A new object for each client, which adds settings of its own to it. */
export function translation() {
  return {
    // Without it the marshaller rejects a map that has a key named `constructor`, which is a legal feature
    // name.
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
    unmarshallOptions: { wrapNumbers: exactNumber },
  } satisfies TranslateConfig;
}

/**
 * A stored number; an integer that a JavaScript number would round is a `bigint`. DynamoDB keeps 38 digits.
 */
export function exactNumber(text: string): number | bigint {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}

/** Rejected before they were tried: throttled, or in conflict with a transaction. */
const NOT_APPLIED = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
]);

/** Connection errors before a byte of the request was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']);

/**
 * Runs one request and maps its failure: `Unavailable` (not applied, safe to retry) or `AnswerLost` (timeout,
 * connection lost, 5xx, an unreadable answer: it may have been applied). A refused condition and an invalid
 * request (4xx) are rethrown: a retry cannot help.
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
    if (isFaultOfRequest(error)) throw error;
    throw new AnswerLost("the store's answer was lost", { cause: error });
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the service rejected the request as invalid. An unreadable 4xx does not count. */
function isFaultOfRequest(error: Error): boolean {
  if (!(error instanceof DynamoDBServiceException)) return false;
  const { httpStatusCode: status = 500 } = error.$metadata;
  return status >= 400 && status < 500;
}
