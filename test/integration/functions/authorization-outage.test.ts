import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { call, lambdaContext, loadHandler } from '../../support/api.ts';
import { createSeededApi, type SeededApi } from '../../support/seeded-api.ts';

let api: SeededApi;
let isDown = false;
const sockets = new Set<Socket>();

/** Stands before the table: passes everything on, or resets every connection. */
const gate = createServer((client) => {
  sockets.add(client.on('error', () => {}));
  if (isDown) return client.destroy();
  const { hostname, port } = new URL(inject('dynamodbEndpoint'));
  const table = connect(Number(port), hostname).on('error', () => client.destroy());
  client.pipe(table).pipe(client);
});

function setDown(down: boolean): void {
  isDown = down;
  if (down) for (const socket of sockets) socket.destroy();
}

beforeAll(async () => {
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  api = await createSeededApi();
  const address = gate.address();
  // Read when a client is made: everything that was loaded so far has its own already.
  if (address && typeof address === 'object') {
    process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${address.port}`;
  }
});
afterAll(async () => {
  setDown(true);
  gate.close();
  await api.stop();
});

test('an authorizer that cannot reach the table does not fail: API Gateway would answer 500', async () => {
  // A new environment, whose clients reach the table through the gate.
  vi.resetModules();
  setDown(true);
  const authorize = await loadHandler('system/authorize');
  const headers = { authorization: `Bearer ${api.serviceKey}` };
  const answer = await authorize({ type: 'REQUEST', headers }, lambdaContext('authorize'));
  expect(answer).toEqual({ isAuthorized: true, context: { reason: 'not_judged' } });
});

test('503 with Retry-After while the table is down, and the right answer as soon as it is back', async () => {
  const caller = { reason: 'not_judged' };
  const ask = (key: string) => call('listPlans', { caller, headers: { authorization: `Bearer ${key}` } });
  setDown(true);
  const down = await ask(api.serviceKey);
  expect(down).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(down.headers['Retry-After']).toMatch(/^[1-9]\d*$/);

  setDown(false);
  expect((await ask(api.serviceKey)).status).toBe(200);
  expect(await ask('qk_nobody')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
  expect(await ask('')).toMatchObject({ status: 401, body: { code: 'invalid_api_key' } });
});
