import { setTimeout as sleep } from 'node:timers/promises';
import { type OperationName, ROUTES } from '../../shared/contract.ts';

export interface SmokeRequest {
  /** @default no key is sent */
  readonly key?: string;
  /** Values of the path's parameters. */
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SmokeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; `undefined` for anything else. */
  readonly body: unknown;
  /** From the request to the end of the answer, in milliseconds. */
  readonly ms: number;
}

/** API Gateway answers or gives up within 30 s. */
const TIMEOUT_MS = 35_000;
/** A key with the smallest rate limit is admitted again after a second or two. */
const MOST_TRIES = 5;

/**
 * Sends a request of a route, again while its key is above its rate limit.
 *
 * @throws Error that names the cause, if there is no answer
 */
export async function send(
  url: string,
  operation: OperationName,
  request: SmokeRequest,
): Promise<SmokeAnswer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await sendOnce(url, operation, request);
    if (Object(answer.body).code !== 'rate_limited' || tries === MOST_TRIES) return answer;
    await sleep(1_000 * Number(answer.headers.get('retry-after') ?? 1));
  }
}

async function sendOnce(
  url: string,
  operation: OperationName,
  { key, path = {}, query, body, headers }: SmokeRequest,
): Promise<SmokeAnswer> {
  const { method, path: template } = ROUTES[operation];
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name] ?? ''));
  const search = query ? `?${new URLSearchParams(query)}` : '';
  const startedMs = performance.now();
  try {
    const response = await fetch(`${url}${filled}${search}`, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const ms = Math.round(performance.now() - startedMs);
    return { status: response.status, headers: response.headers, body: parsed(text), ms };
  } catch (error) {
    throw new Error(`no answer: ${causeOf(error)}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` has the reason in its cause. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
