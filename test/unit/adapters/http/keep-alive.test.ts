import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isResetOnReuse,
  type KeepAliveAgents,
  keepAliveAgents,
} from '../../../../shared/adapters/http/keep-alive.ts';

let server: Server;
let agents: KeepAliveAgents;
let nowMs: number;
/** Open connections, as the server sees them. */
const connections: Socket[] = [];
let opened = 0;
/** What the server does with a request. */
let answer: (socket: Socket) => void;

const ok = (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');

beforeEach(async () => {
  nowMs = 1_000_000;
  opened = 0;
  connections.length = 0;
  answer = ok;
  server = createServer((socket) => {
    opened += 1;
    connections.push(socket);
    socket.on('error', () => {});
    socket.on('data', () => answer(socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  agents = keepAliveAgents({ now: () => nowMs });
});
afterEach(() => {
  agents.httpAgent.destroy();
  for (const socket of connections) socket.destroy();
  server.close();
});

async function call(): Promise<string> {
  const address = Object(server.address());
  const sent = request({ port: address.port, host: '127.0.0.1', agent: agents.httpAgent });
  const [response] = await once(sent.end(), 'response');
  return text(response);
}
const failureOf = (sent: Promise<unknown>) =>
  sent.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );

describe('a keep-alive connection', () => {
  it('is reused while it was idle for 5 s at most by the wall clock, then replaced', async () => {
    await call();
    await sleep(1);
    nowMs += 5_000;
    await call();
    expect(opened).toBe(1);
    await sleep(1);
    nowMs += 5_001;
    await call();
    expect(opened).toBe(2);
    expect(connections[0]?.readableEnded || connections[0]?.destroyed).toBe(true);
  });

  it('is replaced when the wall clock went back', async () => {
    await call();
    await sleep(1);
    nowMs -= 1;
    await call();
    expect(opened).toBe(2);
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('that the peer %s during a pause fails no request, though no event was processed', async (_, close) => {
    for (let spell = 1; spell <= 10; spell += 1) {
      await call();
      await sleep(1);
      nowMs += 1_000;
      close(connections.at(-1) as Socket); // the one just used
      // Nothing is processed between the close and the next request, as after a thaw.
      expect(await call()).toBe('ok');
      expect(opened).toBe(spell + 1);
    }
  });
});

describe('a reset', () => {
  it('of a reused connection is marked, and the next request opens another one', async () => {
    await Promise.all([call(), call()]);
    expect(opened).toBe(2);
    await sleep(1);
    answer = (socket) => socket.resetAndDestroy();
    expect(isResetOnReuse(await failureOf(call()))).toBe(true);
    answer = ok;
    await call();
    expect(opened).toBe(3);
  });

  it('of a new connection is not marked', async () => {
    answer = (socket) => socket.resetAndDestroy();
    const failure = await failureOf(call());
    expect(failure).toHaveProperty('code', 'ECONNRESET');
    expect(isResetOnReuse(failure)).toBe(false);
  });
});
