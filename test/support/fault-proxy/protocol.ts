import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { IncomingRequest } from './fault.ts';

/** An answer of the proxy in the service's place. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The parts of a service's protocol that the proxy needs. */
export interface Protocol {
  see(
    request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    body: Buffer,
  ): Omit<IncomingRequest, 'number'>;
  readonly throttled: Refusal;
  readonly conflict: Refusal;
  readonly error: Refusal;
}

const NOTHING_WRITTEN: ReadonlyMap<string, number> = new Map();

function json(status: number, body: object, headers: Record<string, string> = {}): Refusal {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Upstash's Redis over REST. Source: "REST API", Upstash documentation. */
export const UPSTASH: Protocol = {
  see: (_, body) => ({ operation: upstashOperation(body), writes: NOTHING_WRITTEN }),
  throttled: json(429, { error: 'ERR max requests limit exceeded' }),
  conflict: json(400, { error: 'ERR max concurrent connections exceeded' }),
  error: json(500, { error: 'Internal server error' }),
};

/** Stripe's API. Source: "Rate limits" and "Error handling", Stripe documentation. */
export const STRIPE: Protocol = {
  see: ({ method, url = '' }) => ({
    operation: `${method} ${url.split('?')[0]}`,
    writes: NOTHING_WRITTEN,
  }),
  throttled: json(
    429,
    { error: { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' } },
    { 'retry-after': '1', 'stripe-should-retry': 'true' },
  ),
  conflict: json(409, {
    error: { type: 'idempotency_error', message: 'There is currently another in-progress request.' },
  }),
  error: json(500, { error: { type: 'api_error', message: 'An unknown error occurred' } }),
};

function upstashOperation(body: Buffer): string {
  try {
    const [first]: unknown[] = JSON.parse(body.toString());
    return Array.isArray(first) ? `pipeline of ${String(first[0])}` : String(first);
  } catch {
    return 'command in the path';
  }
}

/** Headers without those of a single connection (RFC 9110 §7.6.1). */
export function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || hopByHop.has(name) ? [] : [[name, value]],
    ),
  );
}
