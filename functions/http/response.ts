import { PROBLEMS, type Problem, problemType } from './problems.ts';

/** A response to API Gateway (payload format 2.0). */
export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether `body` is base64 of the bytes to send. */
  readonly isBase64Encoded?: boolean;
}

/** Balances change with every request, and a response may be private. */
const NEVER_KEPT = { 'Cache-Control': 'no-store' };

/**
 * Longest `Retry-After`. JavaScript timers overflow at 24.85 days and then fire at once, so a client that
 * obeys a longer one would send its retries within milliseconds. The true instant is in the body.
 */
const MAX_RETRY_AFTER_SECONDS = 3_600;

export interface Answer {
  readonly status: number;
  readonly body?: object;
  /** Replaces `body` for media types other than JSON; a header names the type. */
  readonly text?: string;
  /** Replaces `body` for encoded content; headers name its type and encoding. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export function responseTo({ status, body, text, bytes, headers = {} }: Answer): HttpResponse {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return {
    statusCode: status,
    headers: { ...type, ...NEVER_KEPT, ...headers },
    body: bytes
      ? Buffer.from(bytes).toString('base64')
      : (text ?? (body === undefined ? '' : JSON.stringify(body))),
    ...(bytes && { isBase64Encoded: true }),
  };
}

/**
 * A problem document (RFC 9457).
 *
 * @param requestId of API Gateway; identifies the occurrence in a caller's report and in the log
 */
export function problemResponse(problem: Problem, requestId: string | undefined): HttpResponse {
  const { code, detail, errors, retryAfterSeconds, extensions, headers } = problem;
  const { status, title } = PROBLEMS[code];
  const document = {
    type: problemType(code),
    title,
    status,
    detail,
    code,
    ...(requestId !== undefined && {
      instance: `urn:quota-service:request:${encodeURIComponent(requestId)}`,
    }),
    ...(errors && { errors }),
    ...extensions,
  };
  return {
    statusCode: status,
    headers: {
      'Content-Type': 'application/problem+json',
      ...NEVER_KEPT,
      ...(retryAfterSeconds !== undefined && { 'Retry-After': retryAfter(retryAfterSeconds) }),
      ...headers,
    },
    body: JSON.stringify(document),
  };
}

/** A whole number of seconds (RFC 9110 §10.2.3). */
function retryAfter(seconds: number): string {
  return String(Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS));
}
