import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * How a peer ends a connection that was idle. `closes` and `resets` it at once; `resets late`: on the next
 * request, as when the reset and the request cross; the request is lost.
 */
export type IdleEnd = 'closes' | 'resets' | 'resets late';

/** A relay in front of a service that ends its idle connections on demand. */
export interface IdleRelay {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Ends every connection that is open. Returns their number. */
  endIdle(how: IdleEnd): number;
  stop(): Promise<void>;
}

/** Relays TCP connections to `upstream`. Only `http:` is supported. */
export async function startIdleRelay(upstream: string): Promise<IdleRelay> {
  const { hostname, port } = new URL(upstream);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    const target = connect(Number(port), hostname);
    open.add(socket);
    socket.on('close', () => {
      open.delete(socket);
      target.destroy();
    });
    target.on('close', () => socket.destroy());
    for (const end of [socket, target]) end.on('error', () => {});
    socket.pipe(target).pipe(socket);
  });
  const end = (socket: Socket, how: IdleEnd) => {
    if (how === 'closes') socket.end();
    else if (how === 'resets') socket.resetAndDestroy();
    else {
      socket.unpipe();
      socket.on('data', () => socket.resetAndDestroy()).resume();
    }
  };
  return {
    url: await urlOf(server),
    endIdle(how) {
      for (const socket of open) end(socket, how);
      return open.size;
    },
    stop: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function urlOf(server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${Object(server.address()).port}`;
}
