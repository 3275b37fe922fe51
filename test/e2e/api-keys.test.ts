import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { keyIdOf } from '../../shared/domain/api-key.ts';
import { useLocalStack } from '../support/local-stack.ts';

const RATE = 5;
const SECONDS = 4;
const CALLERS = 3;
const stack = useLocalStack();

async function post(path: string, key: string, body: object) {
  const response = await fetch(stack().url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: Object(await response.json()) };
}

async function createKey(limit: object): Promise<string> {
  const body = { name: 'backend', scopes: ['quota'], ...limit };
  return String((await post('/v1/admin/api-keys', stack().adminKey, body)).body.key);
}

const consume = (key: string, userId: string) =>
  post('/v1/quota/consume', key, { userId, type: 'aiRequest' });

/** On a busy machine the bucket may not answer in time; each environment then admits the rate by itself. */
const timesAlone = () => readFileSync(stack().logFile, 'utf8').split('rate limit not shared').length - 1;

test('a key that sends too much is slowed to its rate, and another one is served meanwhile', async () => {
  const [noisy, quiet] = [await createKey({ requestsPerSecond: RATE }), await createKey({})];
  const startedAt = performance.now();
  const endsAt = startedAt + SECONDS * 1_000;
  const answers: Awaited<ReturnType<typeof consume>>[] = [];
  const flood = async () => {
    while (performance.now() < endsAt) answers.push(await consume(noisy, randomUUID()));
  };
  const served: number[] = [];
  const work = async () => {
    while (performance.now() < endsAt) {
      served.push((await consume(quiet, randomUUID())).status);
      await sleep(50);
    }
  };
  await Promise.all([work(), ...Array.from({ length: CALLERS }, flood)]);

  const seconds = (performance.now() - startedAt) / 1_000;
  const admitted = answers.filter(({ status }) => status === 200);
  const rejected = answers.filter(({ status }) => status !== 200);
  expect(new Set(served)).toEqual(new Set([200]));
  expect(new Set(rejected.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
    new Set(['429 rate_limited']),
  );
  expect(rejected.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true);
  await sleep(500);
  expect(admitted.length).toBeLessThanOrEqual(RATE * (seconds + 1) + RATE + RATE * timesAlone());
  expect(admitted.length).toBeGreaterThanOrEqual(RATE);
});

/** Runs `npm run admin-key` for the stack's table. */
function adminKey(...more: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { tableName, dynamodbEndpoint } = stack();
  const command = resolve(import.meta.dirname, '../../infra/admin-key/command.ts');
  const options = ['--table', tableName, '--endpoint', dynamodbEndpoint, ...more];
  return new Promise((done) => {
    execFile(process.execPath, [command, ...options], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('with all keys lost, AWS credentials make one that creates keys, and revoke the first one', async () => {
  const { code, stdout, stderr } = await adminKey('--days', '7', '--revoke-first');
  expect(code).toBe(0);
  const key = stdout.trim();
  expect(key).toMatch(/^qk_[\w-]{43}$/);
  expect(stderr).toContain(`its keyId is ${keyIdOf(key)}`);
  expect(stderr).toContain(`The first admin key ${keyIdOf(stack().adminKey)} is revoked`);
  const made = await post('/v1/admin/api-keys', key, { name: 'backend', scopes: ['quota'] });
  expect(made.status).toBe(201);
  expect((await consume(made.body.key, randomUUID())).status).toBe(200);
  expect((await consume(key, randomUUID())).body.code).toBe('insufficient_scope');
});

test('a table that does not exist is named, and no key is printed', async () => {
  const { code, stdout, stderr } = await adminKey('--table', `no-${randomUUID()}`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('No key was made: ResourceNotFoundException');
});
