import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { DEFAULT_CATALOGUE } from '../../../shared/domain/plan.ts';
import { call, captureLog, EVERYTHING, setEnvironment } from '../../support/api.ts';
import { type LocalServer, serveLocally } from '../../support/local-server.ts';
import { redisAddress, uniqueName } from '../../support/redis.ts';
import { restoreTable } from '../../support/restored-table.ts';
import { createTestTable, type TestTable } from '../../support/table.ts';

let secrets: LocalServer;
let log: ReturnType<typeof captureLog>;
const tables: TestTable[] = [];
beforeAll(async () => {
  secrets = await serveLocally((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify(redisAddress()) }));
  });
  log = captureLog();
});
afterAll(async () => {
  log.restore();
  await secrets.stop();
  for (const table of tables) await table.drop();
});

const caller = EVERYTHING;
const userId = uniqueName('user');
const consume = () => call('consumeQuota', { body: { userId, type: 'aiRequest', amount: 10 }, caller });
const check = async (more: object = {}) =>
  (await call('checkQuota', { body: { userId, type: 'aiRequest', ...more }, caller })).body;
const plan = async () => (await call('getPlan', { path: { planId: 'free' }, caller })).body;
const rename = (name: string) =>
  call('putPlan', { path: { planId: 'free' }, body: { ...DEFAULT_CATALOGUE.free, name }, caller });

/** Starts new environments of all functions, on a table. */
function deploy(table: TestTable): void {
  vi.resetModules();
  setEnvironment(table.tableName, inject('dynamodbEndpoint'), {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  });
}

/** The first calls bypass Redis while its address is read. */
const untilCached = (answer: () => Promise<{ cached?: boolean }>) =>
  expect.poll(async () => (await answer()).cached, { timeout: 20_000 }).toBe(true);

test('after a restore to an earlier moment no answer is from the cache of the former table', async () => {
  const former = await createTestTable();
  tables.push(former);
  deploy(former);
  await rename('First');
  await consume();
  const restored = await restoreTable(former);
  tables.push(restored);

  await rename('Second');
  for (let more = 0; more < 3; more += 1) await consume();
  await untilCached(check);
  expect(await check()).toMatchObject({ version: 4, balance: { used: 40 } });
  await untilCached(plan);
  expect(await plan()).toMatchObject({ version: 2, name: 'Second' });

  deploy(restored);
  // The new environments read the address of Redis, and use it.
  await check();
  await sleep(500);
  expect(await check()).toMatchObject({ version: 1, balance: { used: 10 } });
  expect(await plan()).toMatchObject({ version: 1, name: 'First' });
  // Versions repeat: another operation makes version 2 here, and the entry of the former version 4 must not
  // prevent that it is cached.
  await consume();
  expect(await check({ minVersion: 2 })).toMatchObject({ version: 2, cached: false });
  expect(await check()).toMatchObject({ version: 2, cached: true, balance: { used: 20 } });
});
