import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalStack } from '../../infra/local/local-stack.ts';
import { PROBE_STRIPE_SECRET } from '../fixtures/probe-stack.ts';
import { type ProbeStack, startProbeStack } from '../support/probe-stack.ts';

const ACCOUNT = { secretKey: 'sk_test_of-a-real-account', webhookSecret: 'whsec_of-a-real-account' };
/** The output of `npm start` with any setting. */
const printed: string[] = [];
const print = (line: string) => printed.push(line);
const detours: string[] = [];
let probes: ProbeStack;
let stack: LocalStack;

beforeAll(async () => {
  probes = await startProbeStack(() => ({
    stripe: ACCOUNT,
    // No probe calls it; this saves the start of a server.
    redis: { url: '', token: '' },
    detour: async (service, url) => {
      detours.push(service);
      return url;
    },
    report: print,
    echoLog: print,
    announce: print,
  }));
  stack = probes.stack;
});
afterAll(() => probes.stop());

test('your Stripe account replaces the simulator: functions get its keys, and no other address', async () => {
  const answer = await fetch(stack.controlUrl.replace('/_local', '/'), {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: PROBE_STRIPE_SECRET }),
  });
  const { SecretString } = Object(await answer.json());
  const { secretKey, webhookSecret } = ACCOUNT;
  expect(JSON.parse(SecretString)).toEqual({ secretKey, webhookSecrets: webhookSecret });
  expect(stack.stripeUrl).toBeUndefined();
  expect(detours).toEqual(['dynamodb']);
});

test('its keys are printed nowhere', async () => {
  // A failing function prints all it can.
  await fetch(`${stack.url}/open/a/fail`);
  const described = await (await fetch(stack.controlUrl)).text();
  await stack.stop();
  expect(printed.join('\n')).toContain('meant to fail');
  const texts = [...printed, JSON.stringify(stack), described].join('\n');
  for (const secret of Object.values(ACCOUNT)) expect(texts).not.toContain(secret);
});
