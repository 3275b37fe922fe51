import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveLocally } from '../local-server.ts';
import { APPLIED, type Fault, type FaultPlan, type IncomingRequest, NO_FAULTS } from './fault.ts';
import { type Answer, passOn } from './pass-on.ts';
import type { Protocol, Refusal } from './protocol.ts';
import { WriteLimit } from './write-limit.ts';

export interface FaultProxyOptions {
  /** The target of forwarded requests. */
  readonly upstream: string;
  readonly protocol: Protocol;
  /** @default no faults */
  readonly plan?: FaultPlan;
  /** Delay of a `late` answer (ms). @default 50 */
  readonly delayMs?: number;
  /** Maximum write units per second for one partition key. @default 1,000, as DynamoDB */
  readonly writeUnitsPerKey?: number;
}

/** A request and its fault. */
export interface ProxiedRequest extends IncomingRequest {
  /** Epoch ms. */
  readonly at: number;
  readonly fault: Fault | undefined;
}

export interface FaultProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Every request, in order of arrival. */
  readonly requests: readonly ProxiedRequest[];
  /** Uses another plan from now on; the numbers continue. */
  follow(plan: FaultPlan): void;
  stop(): Promise<void>;
}

/**
 * A proxy that applies a fault plan to the requests of a service. In front of DynamoDB it also limits writes
 * to one partition key, which the emulator does not. Only `http:` on this machine is supported.
 */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { protocol, upstream, delayMs = 50 } = options;
  const agent = new Agent({ keepAlive: true });
  const limit = new WriteLimit(options.writeUnitsPerKey);
  const requests: ProxiedRequest[] = [];
  let plan = options.plan ?? NO_FAULTS;

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(incoming);
    const request = { ...protocol.see(incoming, body), number: requests.length + 1 };
    const planned = plan(request);
    const fault = planned ?? (limit.take(request.writes, Date.now()) ? undefined : 'throttled');
    requests.push({ ...request, at: Date.now(), fault });
    if (fault && !APPLIED.includes(fault)) return refuse(fault, response, protocol);
    const answer = await passOn(upstream, incoming, body, agent);
    if (fault === 'late') await sleep(delayMs);
    return spoil(fault, answer, response, protocol);
  };
  const { url, stop } = await serveLocally((incoming, response) => {
    // Either side may have disconnected: then no answer is possible.
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

/** Answers, or does not, in place of the service. */
function refuse(fault: Fault, response: ServerResponse, protocol: Protocol): void {
  if (fault === 'reset before') response.destroy();
  if (fault === 'throttled') answerWith(protocol.throttled, response);
  if (fault === 'conflict') answerWith(protocol.conflict, response);
  if (fault === 'error before') answerWith(protocol.error, response);
}

/** Returns the answer of an applied request, or a damaged part of it. */
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
