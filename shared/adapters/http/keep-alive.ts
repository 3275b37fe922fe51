import { type ClientRequest, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

declare module 'node:http' {
  interface Agent {
    /** Takes a socket for a request. Undocumented, and stable: `agent-base` overrides it too. */
    addRequest(request: ClientRequest, options: ClientRequestArgs): void;
  }
}

/**
 * A connection idle for longer is not reused: load balancers close idle connections, some without a packet.
 */
const MAX_IDLE_MS = 5_000;
/** After a longer pause the environment may have been frozen, with a peer's FIN or RST not processed yet. */
const SETTLE_AFTER_MS = 50;

export interface KeepAliveOptions {
  /** Per host. @default 100 */
  readonly maxSockets?: number;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
}

export interface KeepAliveAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/**
 * Creates agents that reuse a connection only while it is likely open. Lambda freezes an environment between
 * requests; its timers stop, so Node's own idle timeouts do not expire, and the peer closes the connection
 * unnoticed. These agents judge the idle time by the wall clock when a request needs a socket, and after a
 * pause process pending events first (docs/decisions/0024).
 */
export function keepAliveAgents({
  maxSockets = 100,
  now = Date.now,
}: KeepAliveOptions = {}): KeepAliveAgents {
  const options = { keepAlive: true, maxSockets };
  return {
    httpAgent: withIdleLimit(new HttpAgent(options), now),
    httpsAgent: withIdleLimit(new HttpsAgent(options), now),
  };
}

const resetsOnReuse = new WeakSet<object>();

/**
 * Whether a request failed because the peer reset a connection that had been idle before. The request may
 * have been processed: the reset can also follow it.
 */
export function isResetOnReuse(error: object): boolean {
  return resetsOnReuse.has(error);
}

function withIdleLimit<A extends HttpAgent>(agent: A, now: () => number): A {
  const freeSince = new WeakMap<Duplex, number>();
  const idleMs = (socket: Duplex) => now() - (freeSince.get(socket) ?? 0);
  const addRequest = agent.addRequest.bind(agent);
  // Node uses its result, which the types omit.
  const keepSocketAlive: (socket: Duplex) => unknown = agent.keepSocketAlive.bind(agent);
  const reuseSocket = agent.reuseSocket.bind(agent);

  return Object.assign(agent, {
    addRequest(request: ClientRequest, options: ClientRequestArgs): void {
      const add = () => {
        // After the clock was set back the idle time is unknown.
        dropFree(agent, (socket) => isClosed(socket) || idleMs(socket) < 0 || idleMs(socket) > MAX_IDLE_MS);
        addRequest(request, options);
      };
      if (freeSockets(agent).some((socket) => idleMs(socket) > SETTLE_AFTER_MS)) setImmediate(add);
      else add();
    },
    keepSocketAlive(socket: Duplex): unknown {
      freeSince.set(socket, now());
      return keepSocketAlive(socket);
    },
    reuseSocket(socket: Duplex, request: ClientRequest): void {
      reuseSocket(socket, request);
      request.once('error', (error) => {
        if (!isReset(error)) return;
        resetsOnReuse.add(error);
        // The others were idle for as long: the next attempt opens a connection.
        dropFree(agent, () => true);
      });
    },
  });
}

function freeSockets(agent: HttpAgent): Duplex[] {
  return Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
}

function dropFree(agent: HttpAgent, isStale: (socket: Duplex) => boolean): void {
  for (const socket of freeSockets(agent).filter(isStale)) {
    socket.destroy();
    // Removes it now; `close` comes later.
    socket.emit('agentRemove');
  }
}

function isClosed(socket: Duplex): boolean {
  return socket.destroyed || socket.readableEnded || !socket.writable;
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
