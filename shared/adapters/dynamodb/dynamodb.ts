import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  DynamoDBServiceException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  ScanCommand,
  type TranslateConfig,
} from '@aws-sdk/lib-dynamodb';
import { AnswerLost, Unavailable } from '../../domain/faults.ts';
import { isResetOnReuse, keepAliveAgents } from '../http/keep-alive.ts';

const REQUEST_TIMEOUT_MS = 1_000;
const CONNECTION_TIMEOUT_MS = 500;
const READ_ATTEMPTS = 3;
const SINGLE_ATTEMPT = 1;
const READS = [GetCommand, BatchGetCommand, QueryCommand, ScanCommand] as const;

/** The table and its client; every store is made from it. */
export interface Table {
  readonly client: Pick<DynamoDBDocumentClient, 'send'>;
  readonly name: string;
}

export interface DynamoDbOptions {
  /** Time after which an attempt's response counts as lost. @default 1,000 */
  readonly requestTimeoutMs?: number;
  /** Attempts of a read. @default 3 */
  readonly readAttempts?: number;
  /** Time for all attempts of a read. @default twice `requestTimeoutMs` */
  readonly readBudgetMs?: number;
}

/**
 * The document client. Reads are retried in the SDK's standard mode, within a time budget; a read with an
 * `abortSignal` is not, since the caller who bounds it retries it (`OperationRetry`). Writes never are: a
 * retry would hide whether an earlier attempt was applied, so the use cases retry them, under the operation's
 * id.
 *
 * @param config the table's address and credentials, where the environment does not have them
 */
export function createDynamoDb(
  config: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
  {
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    readAttempts = READ_ATTEMPTS,
    readBudgetMs = 2 * requestTimeoutMs,
  }: DynamoDbOptions = {},
): DynamoDBDocumentClient {
  const requestHandler = {
    connectionTimeout: Math.max(CONNECTION_TIMEOUT_MS, requestTimeoutMs / 2),
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    ...keepAliveAgents(),
  };
  const clientWith = (maxAttempts: number) =>
    DynamoDBDocumentClient.from(
      new DynamoDBClient({ ...config, maxAttempts, requestHandler }),
      translation(),
    );
  const [reads, once] = [clientWith(readAttempts), clientWith(SINGLE_ATTEMPT)];
  const { send } = DynamoDBDocumentClient.prototype;
  return Object.assign(once, {
    send(command: object, options: { abortSignal?: AbortSignal } = {}) {
      return isRead(command) && !options.abortSignal
        ? Reflect.apply(send, reads, [
            command,
            { ...options, abortSignal: AbortSignal.timeout(readBudgetMs) },
          ])
        : Reflect.apply(send, once, [command, options]);
    },
  });
}

function isRead(command: object): boolean {
  return READS.some((read) => command instanceof read);
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
    throw new AnswerLost("the store's answer was lost", { cause: error, onReuse: isResetOnReuse(error) });
  }
}

/**
 * Runs one conditional write or transaction; `false` when a condition refused it. Other failures are those of
 * `attempt`.
 */
export async function unlessRefused(send: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt(send);
    return true;
  } catch (error) {
    const isRefused =
      error instanceof ConditionalCheckFailedException || error instanceof TransactionCanceledException;
    if (isRefused) return false;
    throw error;
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
