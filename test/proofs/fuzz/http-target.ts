import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LocalStack } from '../../../infra/local/local-stack.ts';
import type { Scope } from '../../../shared/contract.ts';
import type { Decoded } from './expectation.ts';
import type { FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { decodedEvent, eventOf } from './handler-event.ts';
import { LiveReservations } from './live-reservations.ts';
import type { FuzzRoute } from './routes.ts';
import { tableDigest } from './table-digest.ts';
import type { FuzzAnswer } from './verify-answer.ts';

/** Keys of every kind of caller. */
export interface FuzzKeys {
  readonly everything: string;
  readonly bound: string;
  readonly only: Readonly<Record<Scope, string>>;
}

/** The service over HTTP: gateway, authorizer, workers, stream and all. */
export class HttpTarget implements FuzzTarget {
  readonly name = 'HTTP';
  readonly #stack: LocalStack;
  readonly #keys: FuzzKeys;
  readonly #documents: DynamoDBDocumentClient;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #reservations = new LiveReservations();

  constructor(stack: LocalStack, keys: FuzzKeys, documents: DynamoDBDocumentClient) {
    this.#stack = stack;
    this.#keys = keys;
    this.#documents = documents;
  }

  decode(route: FuzzRoute, request: FuzzRequest): Decoded {
    const trimmed = Object.entries(request.headers).map(([name, value]) => [name, value.trim()]);
    return decodedEvent(eventOf(route, { ...request, headers: Object.fromEntries(trimmed) }));
  }

  async send(route: FuzzRoute, request: FuzzRequest): Promise<FuzzAnswer | undefined> {
    const live = this.#reservations.putInto(request);
    const path = route.route.path.replaceAll(/\{(\w+)\}/g, (_, name) => encoded(live.path[name] ?? ''));
    const query = live.query === '' ? '' : `?${live.query}`;
    const headers = { ...live.headers, ...this.#authorization(route, request) };
    const answer = await this.exchange(route.route.method, path + query, headers, live.body);
    if (answer) this.#reservations.learnFrom(request, answer.body);
    return answer && isGateways(answer) ? undefined : answer;
  }

  /** One request unchanged; `undefined` when Node refuses to send it. */
  async exchange(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: Buffer,
  ): Promise<FuzzAnswer | undefined> {
    try {
      const { hostname, port } = new URL(this.#stack.url);
      const to = { hostname, port, method, path, agent: this.#agent };
      // Node adds it only for methods that usually have a body.
      const length = { 'content-length': String(body?.length ?? 0) };
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        const outgoing = httpRequest({ ...to, headers: { ...headers, ...length } }, resolve);
        outgoing.on('error', reject);
        outgoing.end(body);
      });
      const text = Buffer.concat(await message.toArray()).toString();
      const flat = Object.entries(message.headers).map(([name, value]) => [name, String(value)]);
      return { status: message.statusCode ?? 0, headers: Object.fromEntries(flat), body: text };
    } catch (error) {
      const code = Object(error).code;
      if (['ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS', 'ERR_INVALID_HTTP_TOKEN'].includes(code))
        return undefined;
      throw error;
    }
  }

  /** Of the table after the projector has caught up. */
  async digest(): Promise<string> {
    let last = '';
    for (;;) {
      const digest = await tableDigest(this.#documents, this.#stack.tableName);
      if (digest === last) return digest;
      last = digest;
      await sleep(1_500);
    }
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
  }

  #authorization({ route }: FuzzRoute, { caller }: FuzzRequest): Record<string, string> {
    const { everything, bound, only } = this.#keys;
    if (route.scope === null) return {};
    const keys = {
      everything,
      nobody: `qk_${'A'.repeat(43)}`,
      'no scope': route.scope === 'read' ? only.quota : only.read,
      'another user': bound,
    };
    return { authorization: `Bearer ${keys[caller]}` };
  }
}

/** Every byte with a meaning in a path is escaped; half a surrogate pair has no bytes. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/**
 * API Gateway answers an unknown path, or one that is not percent-encoding, itself, without calling a
 * function.
 */
function isGateways({ status, body }: FuzzAnswer): boolean {
  return [400, 404, 413].includes(status) && /^\{"message":"[\w ]+"\}$/.test(body);
}
