import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { APIGatewayRequestAuthorizerEventV2, Context } from 'aws-lambda';
import type { AuthorizerContext, HttpEvent } from '../../functions/http/http-event.ts';
import type { HttpResponse } from '../../functions/http/response.ts';
import {
  AMOUNT_BOUND,
  ENTRIES,
  ENV,
  type Entry,
  groupEntry,
  JOBS,
  type OperationName,
  ROUTES,
  SCOPES,
} from '../../shared/contract.ts';
import { StrictDocument } from './strict-document.ts';

export interface ApiRequest {
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  /** An object becomes JSON; text is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly isBase64Encoded?: boolean;
  /** An API key, verified by the authorizer as behind API Gateway. */
  readonly key?: string;
  /** The authorizer's context; without it and without a key the authorizer did not run. */
  readonly caller?: AuthorizerContext | null;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests define the expected shape.
  readonly body: any;
}

/** A caller with all scopes. */
export const EVERYTHING: AuthorizerContext = { keyId: 'a'.repeat(64), scopes: SCOPES.join(' ') };

/** Sets a function's environment variables, before its code is loaded. */
export function setEnvironment(
  tableName: string,
  dynamodbEndpoint: string,
  more: Record<string, string> = {},
): void {
  Object.assign(process.env, {
    [ENV.tableName]: tableName,
    [ENV.defaultPlanId]: 'free',
    [ENV.maxAmount]: String(AMOUNT_BOUND.byDefault),
    [ENV.metricsNamespace]: 'QuotaService',
    [ENV.logLevel]: 'INFO',
    // No Redis: every answer has to be right without it.
    [ENV.redisSecretArn]: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:redis',
    [ENV.stripeSecretArn]: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:stripe',
    [ENV.allowedOrigins]: 'https://app.example.com',
    [ENV.eventBusName]: 'events',
    [ENV.alertTopicArn]: 'arn:aws:sns:eu-central-1:000000000000:alerts',
    [ENV.jobFunctions]: JSON.stringify(Object.fromEntries(JOBS.map((job) => [job, `the-${job}`]))),
    AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:9',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    ...more,
  });
}

/** The handler's second argument from Lambda. */
export function lambdaContext(functionName: string): Context {
  return {
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:000000000000:function:${functionName}`,
    memoryLimitInMB: '1024',
    logGroupName: '',
    logStreamName: '',
    // The timeout of the slowest function.
    getRemainingTimeInMillis: () => 28_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}

/** The handler of a function, from its own module, loaded after `setEnvironment`. */
export async function loadHandler(
  entry: Entry,
): Promise<(event: unknown, context: Context) => Promise<unknown>> {
  const module = await import(
    /* @vite-ignore */ new URL(`../../functions/${entry}.ts`, import.meta.url).href
  );
  return module.handler;
}

/**
 * Calls the handler of a route's group with the event that API Gateway would send.
 *
 * @throws Error when the answer differs from the OpenAPI document, in any field or header
 */
export async function call(operation: OperationName, request: ApiRequest = {}): Promise<ApiAnswer> {
  const entry = groupEntry(ROUTES[operation].group);
  const handler = await loadHandler(entry);
  const response = (await handler(await httpEvent(operation, request), lambdaContext(entry))) as HttpResponse; // every HTTP handler returns one
  const text = textOf(response);
  const body = text === '' ? undefined : JSON.parse(text);
  const answer = { status: response.statusCode, headers: response.headers, body };
  const misfit = (await strictDocument()).answerMisfit(
    ROUTES[operation].method,
    ROUTES[operation].path,
    answer,
  );
  if (misfit !== undefined) throw new Error(`${operation} answered otherwise than documented: ${misfit}`);
  return answer;
}

/** Decodes gzip, the only encoding of the service. */
function textOf({ body, isBase64Encoded }: HttpResponse): string {
  return isBase64Encoded ? gunzipSync(Buffer.from(body, 'base64')).toString() : body;
}

let strict: Promise<StrictDocument> | undefined;

/**
 * The service's own document, in which no answer may have an undocumented field. Made after `setEnvironment`.
 */
function strictDocument(): Promise<StrictDocument> {
  strict ??= import('../../functions/openapi/document.ts').then(
    ({ openApiDocument }) => new StrictDocument(JSON.parse(JSON.stringify(openApiDocument()))),
  );
  return strict;
}

export async function httpEvent(operation: OperationName, request: ApiRequest): Promise<HttpEvent> {
  const { method, path } = ROUTES[operation];
  const { body, query, key, caller } = request;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const headers = {
    ...(text !== undefined && { 'content-type': 'application/json' }),
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...request.headers,
  };
  const rawPath = path.replaceAll(/\{(\w+)\}/g, (_, name) => request.path?.[name] ?? '');
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers,
    ...(query && { queryStringParameters: query }),
    ...(request.path && { pathParameters: request.path }),
    ...(text !== undefined && { body: text }),
    isBase64Encoded: request.isBase64Encoded ?? false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: randomUUID(),
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '22/Nov/2026:00:00:00 +0000',
      timeEpoch: Date.now(),
      ...(caller !== undefined && { authorizer: { lambda: caller } }),
      ...(key !== undefined && { authorizer: { lambda: await contextOf(headers) } }),
    },
  };
}

async function contextOf(headers: Record<string, string>): Promise<Record<string, string>> {
  const authorize = await loadHandler(ENTRIES.authorize);
  const event = { type: 'REQUEST', headers } as Partial<APIGatewayRequestAuthorizerEventV2>; // all that it reads
  const answer = (await authorize(event, lambdaContext(ENTRIES.authorize))) as {
    context: Record<string, string>;
  }; // as above
  return answer.context;
}

/** Captures the log lines of handlers, embedded metrics included, instead of printing them. */
export function captureLog(): { lines: Record<string, unknown>[]; restore: () => void } {
  const lines: Record<string, unknown>[] = [];
  const { stdout, stderr } = process;
  const originals = [stdout, stderr].map((stream) => [stream, stream.write] as const);
  for (const [stream, write] of originals) {
    const capture = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      const text = String(chunk);
      if (!text.startsWith('{')) return Reflect.apply(write, stream, [chunk, ...rest]);
      lines.push(JSON.parse(text));
      return true;
    };
    stream.write = capture;
  }
  return {
    lines,
    restore: () => {
      for (const [stream, write] of originals) stream.write = write;
    },
  };
}
