/**
 * Serves the functions in a process that can be killed: `POST /<entry>` with an event returns the handler's
 * result. Its environment is that of a function; `CLOCK_AHEAD_MS` is how far its clock is ahead.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Entry } from '../../../shared/contract.ts';
import { lambdaContext, loadHandler } from '../../support/api.ts';

const aheadMs = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const realNow = Date.now;
Date.now = () => realNow() + aheadMs;

// Log output must not fill the pipe that carries the port.
const writePort = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;
process.stderr.write = () => true;

const server = createServer(async (request, response) => {
  try {
    const entry = (request.url ?? '').slice(1) as Entry; // the test names existing functions
    const handler = await loadHandler(entry);
    const result = await handler(JSON.parse(await text(request)), lambdaContext(entry));
    response.end(JSON.stringify(result ?? null));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.listen(0, '127.0.0.1', () => {
  // A server that listens on a TCP port has an address with a port.
  writePort(`${(server.address() as AddressInfo).port}\n`);
});
