import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished, test, vi } from 'vitest';
import { RedisFromSecret, type RedisPatience } from '../../../shared/adapters/redis/redis-from-secret.ts';
import { serveLocally } from '../../support/local-server.ts';
import { redisAddress } from '../../support/redis.ts';

/** A Redis whose address Secrets Manager returns after a while, or refuses to return. */
async function redisResolvedAfter(
  ms: number | ((times: number) => number),
  patience?: RedisPatience,
  address: object | 'denied' = redisAddress(),
) {
  let [asked, secretsReturned] = [0, 0];
  const secrets = await serveLocally(async (_, response) => {
    asked += 1;
    await sleep(typeof ms === 'number' ? ms : ms(asked));
    secretsReturned += 1;
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (address === 'denied') response.writeHead(400).end('{"__type":"AccessDeniedException"}');
    else response.end(JSON.stringify({ SecretString: JSON.stringify(address) }));
  });
  onTestFinished(secrets.stop);
  const client = new SecretsManagerClient({
    endpoint: secrets.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const redis = new RedisFromSecret(client, 'redis', { budgetMs: 5_000, ...patience });
  return {
    ask: () => redis.ask((commands) => commands.eval('return "PONG"', [], [])),
    asked: () => asked,
    secretsReturned: () => secretsReturned,
  };
}

test('a request bypasses Redis until its address is known, and uses it afterwards', async () => {
  const { ask, asked } = await redisResolvedAfter(1_500);
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers).toEqual(Array(3).fill({ code: 'no_answer', reason: 'address_unknown' }));
  await expect.poll(ask, { timeout: 20_000 }).toEqual({ code: 'answered', value: 'PONG' });
  expect(asked()).toBe(1);
});

test('a job waits for it, so that its lock holds in an environment that has just started', async () => {
  const { ask, asked } = await redisResolvedAfter(300, { patienceMs: 20_000 });
  expect(await ask()).toEqual({ code: 'answered', value: 'PONG' });
  expect(asked()).toBe(1);
});

test('only the secret can state that there is none', async () => {
  const patience = { patienceMs: 20_000 };
  const none = await redisResolvedAfter(0, patience, { url: '', token: 'random' });
  expect(await none.ask()).toEqual({ code: 'no_answer', reason: 'not_configured' });
  const denied = await redisResolvedAfter(0, patience, 'denied');
  expect(await denied.ask()).toEqual({ code: 'no_answer', reason: 'address_unknown' });
});

test('after a secret without Redis there is none until the secret is read again, and no call waits for that', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const address = { url: '', token: 'random' };
  const slowSecondTime = (times: number) => (times === 1 ? 0 : 2_000);
  const { ask, asked, secretsReturned } = await redisResolvedAfter(
    slowSecondTime,
    { patienceMs: 20_000 },
    address,
  );
  const none = { code: 'no_answer', reason: 'not_configured' };
  expect(await ask()).toEqual(none);
  vi.advanceTimersByTime(14 * 60_000);
  expect(await ask()).toEqual(none);
  expect(asked()).toBe(1);
  vi.advanceTimersByTime(60_001);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([none, none, none]);
  await expect.poll(asked, { timeout: 20_000 }).toBe(2);
  expect(secretsReturned()).toBe(1);
});
