import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import pLimit from 'p-limit';
import type { LocalStack } from '../../../infra/local/local-stack.ts';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { seededRandom } from '../../support/faulty-client.ts';
import { uuidV7 } from '../../support/uuid-v7.ts';
import { httpClient } from './http-client.ts';
import { impatientClient } from './impatient-client.ts';
import { isLinearizable } from './is-linearizable.ts';
import { naiveClient } from './naive-client.ts';
import { allowancesOf, type Client, createEnvironment, useCaseClient } from './quota-client.ts';
import { type QuotaOperation, UNSEEN } from './quota-machine.ts';
import { type HistorySize, randomCalls, randomConsumes } from './random-calls.ts';
import { eventsOf, formatHistory, type RecordedCall } from './recorded-history.ts';

export interface HistoriesOptions extends HistorySize {
  readonly histories: number;
  /** The first history's seed; the others follow. */
  readonly seed: number;
  readonly atOnce: number;
  readonly onProgress?: (done: number) => void;
}

export interface HistoriesReport {
  readonly histories: number;
  readonly calls: number;
  /** Calls by observed outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Readable histories that no order explains. */
  readonly faults: readonly string[];
}

/** Makes the clients of one account. */
export type ClientsOf = (seed: number, count: number) => Client[];

/** Records histories of many accounts at once, and searches for an order that explains each. */
export async function recordHistories(
  options: HistoriesOptions,
  clientsOf: ClientsOf,
  callsOf: (seed: number, size: HistorySize) => QuotaOperation[][] = randomCalls,
): Promise<HistoriesReport> {
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  const limit = pLimit(options.atOnce);
  let calls = 0;
  let done = 0;
  const one = async (seed: number) => {
    const history = await record(callsOf(seed, options), clientsOf(seed, options.clients));
    calls += history.length;
    for (const { observed } of history) outcomes[observed.code] = (outcomes[observed.code] ?? 0) + 1;
    if (!isLinearizable(UNSEEN, eventsOf(history))) faults.push(`seed ${seed}\n${formatHistory(history)}`);
    done += 1;
    options.onProgress?.(done);
  };
  await Promise.all(
    Array.from({ length: options.histories }, (_, index) => limit(() => one(options.seed + index))),
  );
  return { histories: options.histories, calls, outcomes, faults };
}

/** Runs every client's calls in order, concurrently with the other clients. */
async function record(
  calls: readonly (readonly QuotaOperation[])[],
  clients: readonly Client[],
): Promise<RecordedCall[]> {
  const history: RecordedCall[] = [];
  await Promise.all(
    clients.map(async (send, client) => {
      for (const operation of calls[client] ?? []) {
        const from = performance.now();
        const observed = await send(operation);
        history.push({ client, operation, observed, from, to: performance.now() });
      }
    }),
  );
  return history;
}

/**
 * The keys of one history: half of the histories use time-ordered ones, which need no lookup of the record.
 */
export function keysOf(seed: number): (name: string) => string {
  const keys = new Map<string, string>();
  return (name) => {
    const key = keys.get(name) ?? (seed % 2 === 0 ? uuidV7(Date.now()) : `${name}-${seed}`);
    keys.set(name, key);
    return key;
  };
}

/**
 * Every client in an environment of its own, with callers that abandon some calls. Two histories in three
 * cache no denials.
 */
export function useCaseClients(table: Table): ClientsOf {
  return (seed, count) => {
    const random = seededRandom(seed);
    const userId = `history-${randomUUID()}`;
    const keyOf = keysOf(seed);
    return Array.from({ length: count }, () => {
      const environment = createEnvironment(table, { cachesDenials: seed % 3 === 0 });
      return impatientClient(useCaseClient(environment, userId, keyOf), random);
    });
  };
}

/**
 * Clients of the local stack over HTTP that abandon one call in twenty. The stack must have the histories'
 * plans (`putHistoriesPlans`).
 */
export function httpClients(stack: Pick<LocalStack, 'url' | 'serviceKey' | 'adminKey'>): ClientsOf {
  const { url, serviceKey, adminKey } = stack;
  return (seed, count) => {
    const random = seededRandom(seed);
    const userId = `history-${randomUUID()}`;
    const patienceMs = () => (random() < 0.05 ? 1 + Math.floor(random() * 40) : undefined);
    const options = { url, serviceKey, adminKey, userId, keyOf: keysOf(seed), patienceMs };
    return Array.from({ length: count }, () => httpClient(options));
  };
}

/** Puts the histories' plans into a fresh local stack. */
export async function putHistoriesPlans({
  url,
  adminKey,
}: Pick<LocalStack, 'url' | 'adminKey'>): Promise<void> {
  for (const planId of ['free', 'team'] as const) {
    const response = await fetch(`${url}/v1/plans/${planId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: planId, allowances: allowancesOf(planId) }),
    });
    if (!response.ok) throw new Error(`the plan ${planId}: ${response.status} ${await response.text()}`);
  }
}

/** The same for the naive counter, which must be rejected. */
export function recordNaively(options: HistoriesOptions, table: Table): Promise<HistoriesReport> {
  const clientsOf: ClientsOf = (_, count) => {
    const userId = randomUUID();
    return Array.from({ length: count }, () => naiveClient(table, userId));
  };
  return recordHistories(options, clientsOf, randomConsumes);
}
