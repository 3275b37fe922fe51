import { operationKey } from '../../../shared/domain/operation.ts';
import { type Client, isKeyless } from './quota-client.ts';
import { FEATURES, type Feature, type Figures, GAUGE, type QuotaOperation } from './quota-machine.ts';
import type { Observation } from './recorded-history.ts';

export interface HttpClientOptions {
  readonly url: string;
  readonly serviceKey: string;
  readonly adminKey: string;
  readonly userId: string;
  /** The Idempotency-Key for a name. */
  readonly keyOf: (name: string) => string;
  /** The next caller's timeout in ms, if it has one. @default none */
  readonly patienceMs?: () => number | undefined;
}

interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly isAdmin?: boolean;
  readonly body?: object;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: the caller checks the answer's shape.
  readonly body: any;
}

/**
 * Sends one operation over HTTP. One unit of one feature goes by check-and-consume, more by consume, several
 * features by batch-consume.
 *
 * @param patienceMs the caller's timeout
 */
export async function sendOperation(
  options: HttpClientOptions,
  operation: QuotaOperation,
  patienceMs?: number,
): Promise<HttpAnswer> {
  const { method, path, isAdmin = false, body } = callOf(operation, options);
  const { url, keyOf, adminKey, serviceKey } = options;
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${isAdmin ? adminKey : serviceKey}`,
      'content-type': 'application/json',
      ...('key' in operation && operation.key && { 'idempotency-key': keyOf(operation.key) }),
    },
    ...(body && { body: JSON.stringify(body) }),
    ...(patienceMs !== undefined && { signal: AbortSignal.timeout(patienceMs) }),
  });
  const { status, headers } = response;
  return { status, headers, body: Object(await response.json()) };
}

/** A client of one account over HTTP that sometimes disconnects before the answer arrives. */
export function httpClient(options: HttpClientOptions): Client {
  return async (operation) => {
    try {
      return observe(operation, await sendOperation(options, operation, options.patienceMs?.()));
    } catch (error) {
      const isGone = error instanceof Error && error.name === 'TimeoutError';
      if (!isGone) throw error;
      return { code: operation.verb === 'read' ? 'refused' : 'unknown' };
    }
  };
}

function callOf(operation: QuotaOperation, { userId, keyOf }: HttpClientOptions): HttpCall {
  const post = (path: string, body: object, isAdmin = false): HttpCall => {
    return { method: 'POST', path: `/v1/${path}`, isAdmin, body };
  };
  switch (operation.verb) {
    case 'read':
      return { method: 'GET', path: `/v1/users/${userId}/quota?consistent=true` };
    case 'consume': {
      const items = Object.entries(operation.amounts).map(([type, amount]) => ({ type, amount }));
      const [item] = items;
      if (items.length > 1) return post('quota/batch-consume', { userId, items });
      // One key must mean one request, so the route follows from the operation.
      const isSingleUnit = item?.amount === 1;
      return post(isSingleUnit ? 'quota/check-and-consume' : 'quota/consume', { userId, ...item });
    }
    case 'release':
      return post('quota/release', { userId, type: GAUGE, amount: operation.amount });
    case 'reserve': {
      const { feature, amount } = operation;
      return post('quota/reservations', { userId, type: feature, amount, ttlSeconds: 3_600 });
    }
    case 'confirm': {
      const reservation = operationKey(keyOf(operation.reservation));
      return post(`quota/reservations/${reservation}/confirm`, { userId, amount: operation.amount });
    }
    case 'cancel':
      return post(`quota/reservations/${operationKey(keyOf(operation.reservation))}/release`, { userId });
    case 'grant': {
      const { feature, amount } = operation;
      return post('quota/grants', { userId, type: feature, amount, reason: 'test' }, true);
    }
    case 'reset':
      return post('quota/reset', { userId }, true);
    case 'plan':
      return post(`users/${userId}/plan`, { planId: operation.planId }, true);
  }
}

const SETTLED_OTHERWISE = ['key_reused', 'reservation_settled', 'reservation_released'];
const DENIALS = ['exceeded', 'release_exceeds_usage', 'reservation_not_found'];

function observe(operation: QuotaOperation, { status, body }: HttpAnswer): Observation {
  if (status === 503) return { code: body.code === 'outcome_unknown' ? 'unknown' : 'refused' };
  if (SETTLED_OTHERWISE.includes(body.code)) return { code: 'key_reused' };
  const image = { version: Number(body.version), figures: figuresIn(body) };
  if (operation.verb === 'read' && status === 200) return { code: 'read', ...image };
  if (DENIALS.includes(body.code)) return { code: 'denied', isCached: isKeyless(operation), ...image };
  if (status !== 200 && status !== 201) throw new Error(`${operation.verb}: ${status} ${body.code}`);
  // The answer does not show whether its account is the image made by this call, or a later one.
  return { code: body.replayed ? 'replayed' : 'changed', isOwnImage: false, ...image };
}

/** The balances in an answer: of one feature, of several, or of the whole account. */
export function figuresIn(body: HttpAnswer['body']): Partial<Record<Feature, Figures>> {
  const several = body.items ?? body.features ?? [{ type: body.feature ?? body.type, balance: body.balance }];
  const figures: Partial<Record<Feature, Figures>> = {};
  for (const { type, balance } of several) {
    if (!balance || !FEATURES.includes(type)) continue;
    const { limit, used, held } = balance;
    figures[type as Feature] = { limit, used, held }; // checked above
  }
  return figures;
}
