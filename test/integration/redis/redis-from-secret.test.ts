import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, onTestFinished, test } from 'vitest';
import { RedisFromSecret, type RedisPatience } from '../../../shared/adapters/redis/redis-from-secret.ts';
import { serveLocally } from '../../support/local-server.ts';
import { redisAddress } from '../../support/redis.ts';

/** A Redis whose address Secrets Manager tells after a while. */
async function redisToldAfter(ms: number, patience?: RedisPatience) {
  let asked = 0;
  const secrets = await serveLocally(async (_, response) => {
    asked += 1;
    await sleep(ms);
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ SecretString: JSON.stringify(redisAddress()) }));
  });
  onTestFinished(secrets.stop);
  const client = new SecretsManagerClient({
    endpoint: secrets.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const redis = new RedisFromSecret(client, 'redis', { budgetMs: 5_000, ...patience });
  return { ask: () => redis.ask((commands) => commands.ping()), asked: () => asked };
}

test('a request goes without Redis while it is not known where that is, and with it afterwards', async () => {
  const { ask, asked } = await redisToldAfter(1_500);
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(answers).toEqual(Array(3).fill({ code: 'no_answer', reason: 'not_configured' }));
  await expect.poll(ask, { timeout: 20_000 }).toEqual({ code: 'answered', value: 'PONG' });
  expect(asked()).toBe(1);
});

test('a job waits for it, so that its lock holds in an environment that has just started', async () => {
  const { ask, asked } = await redisToldAfter(300, { patienceMs: 20_000 });
  expect(await ask()).toEqual({ code: 'answered', value: 'PONG' });
  expect(asked()).toBe(1);
});
