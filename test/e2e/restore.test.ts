import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { LOCAL_REGION } from '../../infra/local/assembly/physical-names.ts';
import { readAssembly } from '../../infra/local/assembly/read-assembly.ts';
import { synthesize } from '../../infra/local/assembly/synthesize.ts';
import { type LocalStack, startLocalStack } from '../../infra/local/local-stack.ts';
import { startFragileRedis } from '../support/redis.ts';
import { restoreTable } from '../support/restored-table.ts';
import { type RoleGuard, startRoleGuard } from '../support/roles/role-guard.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const stops: (() => Promise<unknown>)[] = [];
let folder: string;
let redis: { readonly url: string; readonly token: string };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-test-'));
  const fragile = await startFragileRedis();
  stops.push(() => fragile.stop());
  // `TEST_REDIS` takes precedence.
  redis = inject('redisOfFunctions') ?? fragile;
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command of package.json. */
async function command(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', script, '--', ...args], {
    cwd: PROJECT,
  });
  return stdout;
}

/** Starts the stack of an assembly on the data of the test, with its roles enforced. */
async function start(assemblyFolder: string): Promise<{ stack: LocalStack; guard: RoleGuard }> {
  const assembly = await readAssembly(assemblyFolder);
  const guards: RoleGuard[] = [];
  const detour = async (service: string, url: string) => {
    if (service !== 'dynamodb') return url;
    guards.push(await startRoleGuard(url, assembly));
    return guards[0]?.url ?? url;
  };
  const dataFolder = join(folder, 'data');
  const stack = await startLocalStack({ assemblyFolder, dataFolder, redis, detour });
  const [guard] = guards;
  if (!guard) throw new Error('the functions do not use the table');
  return { stack, guard };
}

async function call({ url, serviceKey }: LocalStack, path: string, body?: object, headers = {}) {
  const response = await fetch(url + path, {
    headers: { authorization: `Bearer ${serviceKey}`, 'content-type': 'application/json', ...headers },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: Object(await response.json()) };
}

const consume = (stack: LocalStack, userId: string, key: string) =>
  call(stack, '/v1/quota/consume', { userId, type: 'aiRequest' }, { 'idempotency-key': key });

async function audit({ dynamodbEndpoint, tableName }: LocalStack, ...more: string[]): Promise<string> {
  return command('ledger-audit', '--table', tableName, '--endpoint', dynamodbEndpoint, ...more);
}

/** Waits until every change is in the ledger. */
const projected = (stack: LocalStack) =>
  vi.waitFor(async () => expect(await audit(stack)).toContain('findings 0, faulty 0, behind 0'), {
    timeout: 60_000,
    interval: 1_000,
  });

test('a restored table is adopted by the steps of docs/operate.md, and the service continues on it', async () => {
  const { stack: former, guard } = await start(inject('assemblyFolder'));
  const users = ['ada', 'ben'];
  for (const user of users) for (const key of ['one', 'two']) await consume(former, user, key);
  await projected(former);
  const restoredAt = new Date().toISOString();
  const restored = await restoreTable({ endpoint: former.dynamodbEndpoint, tableName: former.tableName });
  // Lost by the restore, but for the cache, which is shared.
  expect((await consume(former, 'ada', 'lost')).body).toMatchObject({ version: 3 });
  await vi.waitFor(
    async () => {
      const { body } = await call(former, '/v1/quota/check', { userId: 'ada', type: 'aiRequest' });
      expect(body).toMatchObject({ version: 3, cached: redis.url !== '' && !inject('redisOfFunctions') });
    },
    { timeout: 20_000 },
  );

  const printed = await command(
    'adopt-table',
    ...['--table', restored.tableName, '--endpoint', former.dynamodbEndpoint],
  );
  expect(printed).toContain('stream: set\ntime to live: set\n');
  const settings = JSON.parse(printed.slice(printed.indexOf('{')));
  expect(settings.tableName).toBe(restored.tableName);
  // After a restart DynamoDB Local numbers the records of an empty stream from 1, and its readers miss them.
  await restored.documentClient.send(
    new PutCommand({ TableName: restored.tableName, Item: { pk: 'RESTART', sk: 'RESTART' } }),
  );
  await former.stop();
  await guard.stop();
  expect(guard.denied).toEqual([]);

  const adopted = join(folder, 'adopted');
  // DynamoDB Local names a region that AWS does not have.
  const tableStreamArn = settings.tableStreamArn.replace(':ddblocal:', `:${LOCAL_REGION}:`);
  await synthesize(adopted, { ...settings, tableStreamArn });
  const { stack, guard: guardOfAdopted } = await start(adopted);
  stops.push(
    () => guardOfAdopted.stop(),
    () => stack.stop(),
  );
  expect(stack.tableName).toBe(restored.tableName);

  const { body } = await call(stack, '/v1/quota/check', { userId: 'ada', type: 'aiRequest' });
  expect(body).toMatchObject({ version: 2, balance: { used: 2 } });
  for (const user of users) {
    expect((await consume(stack, user, 'two')).body).toMatchObject({ replayed: true, version: 2 });
    expect((await consume(stack, user, 'three')).body).toMatchObject({
      replayed: false,
      version: 3,
      balance: { used: 3 },
    });
  }
  await projected(stack);
  const fill = ['--fill-from', former.tableName, '--restored-at', restoredAt];
  expect(await audit(stack, ...fill)).toContain('processed 2, failed 0, entries 6, findings 0');
  expect(guardOfAdopted.denied).toEqual([]);
});
