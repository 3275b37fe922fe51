import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test, vi } from 'vitest';
import { QUOTA_CACHE, USAGE_CACHE } from '../../../shared/adapters/cache/cache-kinds.ts';
import { VersionedCache } from '../../../shared/adapters/cache/versioned-cache.ts';
import { namespacedRedis, namespaceOf } from '../../../shared/adapters/redis/namespaced-redis.ts';
import { ENTRIES } from '../../../shared/contract.ts';
import { usageCacheId } from '../../../shared/domain/rollup.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import {
  call,
  captureLog,
  EVERYTHING,
  lambdaContext,
  loadHandler,
  setEnvironment,
} from '../../support/api.ts';
import { cacheDeps, stored } from '../../support/caches.ts';
import { type LocalServer, serveLocally } from '../../support/local-server.ts';
import { createTestRedis, redisAddress, uniqueName } from '../../support/redis.ts';
import { units } from '../../support/sample-account.ts';
import { createTestService, type TestService } from '../../support/service.ts';

/** The fates of the next calls to Redis; the last entry applies to all later ones. */
let fates: ('fine' | 'slow' | 'refused' | 'silent')[] = ['fine'];
let calls = 0;
let service: TestService;
let servers: LocalServer[];
let log: ReturnType<typeof captureLog>;
let userId: string;

beforeAll(async () => {
  service = await createTestService();
  const { url, token } = redisAddress();
  // In front of Redis: a call that was given up before its turn is not executed.
  const redis = await serveLocally(async (request, response) => {
    const fate = fates[Math.min(calls, fates.length - 1)];
    calls += 1;
    const body = Buffer.concat(await request.toArray());
    if (fate === 'silent') return;
    if (fate === 'slow') await sleep(150);
    if (response.destroyed) return;
    if (fate === 'refused') return response.writeHead(500).end('{"error":"try later"}');
    const path = new URL(request.url ?? '/', url);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(path, { method: 'POST', headers, body });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  const secrets = await serveLocally((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify({ url: redis.url, token }) }));
  });
  servers = [redis, secrets];
  setEnvironment(service.table.tableName, inject('dynamodbEndpoint'), {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  });
  log = captureLog();
});
afterAll(async () => {
  log.restore();
  for (const server of servers) await server.stop();
  await service.table.drop();
});
/** Each test has its own environments, with empty memory. */
beforeEach(() => {
  vi.resetModules();
  userId = uniqueName('user');
  [fates, calls] = [['fine'], 0];
});
afterEach(() => vi.resetModules());

const use = (id = userId) => consume(service, { userId: id, amounts: units(1) });
const cached = async (key: string) => (await stored(`${namespaceOf(service.table.tableName)}:${key}`)).fields;
const cachedQuota = (id = userId) => cached(QUOTA_CACHE.keyOf(id));
const cachedUsage = () => cached(USAGE_CACHE.keyOf(usageCacheId(userId, 'aiRequest')));

/** The next reader loads: the version is stored, the value is not. */
async function expectDropped() {
  const fields = await cachedQuota();
  expect(fields.v).toBe('2');
  expect(fields).not.toHaveProperty('x');
}

/** Projects the changes after version `after`, as one long-lived environment. */
async function startProjector() {
  const handler = await loadHandler(ENTRIES.projector);
  let projected = (await service.stream.records()).length;
  return async () => {
    const records = await service.stream.records();
    const Records = records.slice(projected);
    projected = records.length;
    const context = { ...lambdaContext('project'), getRemainingTimeInMillis: () => 60_000 };
    expect(await handler({ Records }, context)).toEqual({ batchItemFailures: [] });
  };
}

/** Caches the user's current state, as a reader did. */
async function cacheNow() {
  const account = await service.account(userId);
  const { version } = account;
  const deps = cacheDeps({ redis: namespacedRedis(createTestRedis(), service.table.tableName) });
  await new VersionedCache(deps, QUOTA_CACHE).put(userId, { value: account, version, asOf: 1 });
  const id = usageCacheId(userId, 'aiRequest');
  const date = new Date(service.now()).toISOString().slice(0, 10);
  const figure = { about: date, count: version };
  await new VersionedCache(deps, USAGE_CACHE).put(id, { value: [], version, asOf: 1, figure });
}

test('a refresh reaches a Redis that is slower than a request would wait', async () => {
  await use();
  const project = await startProjector();
  await cacheNow();
  await use();
  fates = ['slow'];
  await project();
  expect(await cachedQuota()).toMatchObject({ v: '2', x: expect.any(String) });
  expect(await cachedUsage()).toMatchObject({ v: '2', n: '2' });
});

test("a refresh that fails drops the old value: a reader then loads the table's", async () => {
  await use();
  const project = await startProjector();
  await cacheNow();
  await use();
  fates = ['refused', 'fine'];
  await project();
  await expectDropped();
  expect(await cachedUsage()).not.toHaveProperty('x');
  const { body } = await call('getUserQuota', { path: { userId }, caller: EVERYTHING });
  expect(body).toMatchObject({ version: 2 });
});

test('an old value that could not be dropped is dropped with the next batch, of any user', async () => {
  await use();
  const project = await startProjector();
  await cacheNow();
  await use();
  fates = ['refused'];
  await project();
  expect(await cachedQuota()).toMatchObject({ v: '1' });
  fates = ['fine'];
  // The breaker lets a call through again.
  await sleep(2_100);
  await use(uniqueName('other'));
  await project();
  await expectDropped();
});

test('a hung Redis costs a batch two short waits, and the ledger nothing', async () => {
  await use();
  const project = await startProjector();
  await cacheNow();
  await use();
  fates = ['silent'];
  const startedAt = performance.now();
  await project();
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(await service.ledger.newest(userId, 1)).toMatchObject([{ version: 2 }]);
});

test('cache-stats of a function that has just started wait for its connection', async () => {
  fates = ['slow'];
  const { body } = await call('getCacheStats', { caller: EVERYTHING });
  expect(body).toMatchObject({ available: true });
});
