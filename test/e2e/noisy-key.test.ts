import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
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
