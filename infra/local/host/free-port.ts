import { createServer } from 'node:net';

/**
 * Returns a port that was free a moment ago, for servers that cannot choose one themselves.
 *
 * @param wanted 0 for any
 * @throws Error in one line if the wanted one is in use
 */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', () => reject(new Error(`Port ${wanted} is in use; choose another one.`)));
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
