import { Agent, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveLocally } from '../local-server.ts';
import { APPLIED, type Fault, type FaultPlan, NO_FAULTS, type SeenRequest } from './fault.ts';
import { endToEnd, type Protocol, type Refusal } from './protocol.ts';
import { WriteLimit } from './write-limit.ts';

export interface FaultProxyOptions {
  /** Where requests are passed on to. */
  readonly upstream: string;
  readonly protocol: Protocol;
  /** @default nothing goes wrong */
  readonly plan?: FaultPlan;
  /** How long a `late` answer takes (ms). @default 50 */
  readonly delayMs?: number;
  /** Write units a second that one partition key takes. @default 1,000, as DynamoDB */
  readonly writeUnitsPerKey?: number;
}

/** A request and what was done to it. */
export interface ProxiedRequest extends SeenRequest {
  /** Epoch ms. */
  readonly at: number;
  readonly fault: Fault | undefined;
}

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly requests: readonly ProxiedRequest[];
  /** Follows another plan from now on; the numbers go on. */
  follow(plan: FaultPlan): void;
  stop(): Promise<void>;
}

/**
 * Stands between code and a service, and does to its requests what a plan says. In front of DynamoDB it also keeps the limit
 * of writes to one partition key, which the emulator does not know. Only `http:` on this machine is played.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { protocol, upstream, delayMs = 50 } = options;
  const agent = new Agent({ keepAlive: true });
  const limit = new WriteLimit(options.writeUnitsPerKey);
  const requests: ProxiedRequest[] = [];
  let plan = options.plan ?? NO_FAULTS;

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    const seen = { ...protocol.see(incoming, body), number: requests.length + 1 };
    const planned = plan(seen);
    const fault = planned ?? (limit.take(seen.writes, Date.now()) ? undefined : 'throttled');
    requests.push({ ...seen, at: Date.now(), fault });
    if (fault && !APPLIED.includes(fault)) return refuse(fault, response, protocol);
    const answer = await passOn(upstream, incoming, body, agent);
    if (fault === 'late') await sleep(delayMs);
    return spoil(fault, answer, response, protocol);
  };
  const { url, stop } = await serveLocally((incoming, response) => {
    // Either side may have gone: then there is nobody to tell.
    serve(incoming, response).catch(() => response.destroy());
  });
  return {
    url,
    requests,
    follow: (next) => {
      plan = next;
    },
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

async function passOn(
  upstream: string,
  { method, url = '/', headers }: IncomingMessage,
  body: Buffer,
  agent: Agent,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = request(new URL(url, upstream), { method, headers: endToEnd(headers), agent }, resolve);
  outgoing.once('error', reject).end(body);
  const answer = await promise;
  return {
    status: answer.statusCode ?? 502,
    headers: endToEnd(answer.headers),
    body: await buffer(answer),
  };
}

/** Answers, or does not, in the place of the service. */
function refuse(fault: Fault, response: ServerResponse, protocol: Protocol): void {
  if (fault === 'reset before') response.destroy();
  if (fault === 'throttled') answerWith(protocol.throttled, response);
  if (fault === 'conflict') answerWith(protocol.conflict, response);
  if (fault === 'error before') answerWith(protocol.error, response);
}

/** Passes the answer of a request that was applied back, or what is left of it. */
function spoil(
  fault: Fault | undefined,
  { status, headers, body }: Answer,
  response: ServerResponse,
  protocol: Protocol,
): void {
  if (fault === 'silent after') return;
  if (fault === 'reset after') response.destroy();
  else if (fault === 'error after') answerWith(protocol.error, response);
  else if (fault === 'truncated') {
    response.writeHead(status, { ...headers, 'content-length': body.length + 1 });
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
  } else if (fault === 'malformed') {
    response.writeHead(status, headers).end(body.subarray(0, Math.floor(body.length / 2)));
  } else response.writeHead(status, headers).end(body);
}

function answerWith({ status, headers, body }: Refusal, response: ServerResponse): void {
  response.writeHead(status, headers).end(body);
}
