import { mkdtempSync, rmSync } from 'node:fs';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import type { Assembly } from '../../../../infra/local/assembly/read-assembly.ts';
import { startAwsEndpoint } from '../../../../infra/local/aws/aws-endpoint.ts';
import { secretsService } from '../../../../infra/local/aws/secrets.ts';
import { keysFromEnvironment } from '../../../../infra/local/keys-from-environment.ts';
import { addPlanPrices, startLocalStripe } from '../../../../infra/local/local-stripe.ts';
import { createStripe } from '../../../../shared/adapters/stripe/stripe-client.ts';
import { type StripeKeys, StripeSecret } from '../../../../shared/adapters/stripe/stripe-secret.ts';
import { serveLocally } from '../../../support/local-server.ts';

const STRIPE_SECRET_KEY = 'sk_test_of-a-real-account';
const STRIPE_WEBHOOK_SECRET = 'whsec_of-a-real-account';
const WEBHOOK_URL = 'http://127.0.0.1:9/v1/stripe/webhook';

/** As `infra/stripe-account.ts` declares it. */
const DECLARED: Assembly = {
  resources: [
    {
      logicalId: 'Stripe',
      type: 'AWS::SecretsManager::Secret',
      properties: {
        GenerateSecretString: {
          SecretStringTemplate: '{"secretKey":""}',
          GenerateStringKey: 'webhookSecrets',
        },
      },
      ref: 'arn:stripe',
      arn: 'arn:stripe',
    },
  ],
  bundleFolder: () => '',
};

/**
 * Starts Stripe in an environment; returns the secret that functions read, and the number of servers started.
 */
async function startIn(environment: Record<string, string>) {
  const listen = vi.spyOn(Server.prototype, 'listen');
  const stripe = await startLocalStripe(WEBHOOK_URL, keysFromEnvironment(environment).stripe);
  const servers = listen.mock.calls.length;
  listen.mockRestore();
  const endpoint = await startAwsEndpoint(
    { secretsmanager: secretsService(DECLARED, [stripe.secret]) },
    async () => undefined,
    () => {},
  );
  const client = new SecretsManagerClient({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const keys = await new StripeSecret(client, 'arn:stripe', Date.now).keys();
  client.destroy();
  await endpoint.stop();
  await stripe.stop();
  return { stripe, keys, servers };
}

/** Host to which the functions' client sends calls. */
const hostOf = (keys: StripeKeys | undefined) =>
  createStripe(keys?.secretKey ?? '', keys?.apiBase).getApiField('host');

describe('the Stripe of the local stack', () => {
  test('is the account of the environment’s key: no simulator runs, and functions call Stripe', async () => {
    const { stripe, keys, servers } = await startIn({ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET });
    expect(keys).toEqual({ secretKey: STRIPE_SECRET_KEY, webhookSecrets: [STRIPE_WEBHOOK_SECRET] });
    expect(hostOf(keys)).toBe('api.stripe.com');
    expect(stripe.simulator).toBeUndefined();
    expect(servers).toBe(0);
  });

  test('accepts no webhook without a secret in the environment', async () => {
    const { keys } = await startIn({ STRIPE_SECRET_KEY });
    expect(keys).toEqual({ secretKey: STRIPE_SECRET_KEY, webhookSecrets: [] });
  });

  test('is a simulator if the environment has no key', async () => {
    for (const environment of [{}, { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' }]) {
      const { stripe, keys, servers } = await startIn(environment);
      expect(keys).toMatchObject({ secretKey: 'sk_test_simulator', apiBase: stripe.simulator?.url });
      expect(hostOf(keys)).toBe('127.0.0.1');
      expect(servers).toBe(1);
    }
  });
});

test('a webhook secret without a secret key is rejected by name, and not shown', () => {
  for (const environment of [{ STRIPE_WEBHOOK_SECRET }, { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET }]) {
    expect(() => keysFromEnvironment(environment)).toThrow(
      /^STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not\. Set both, or neither\.$/,
    );
  }
});

test('the environment sets the first keys too', () => {
  const named = { QUOTA_ADMIN_KEY: 'the-admin-key', QUOTA_SERVICE_KEY: 'the-service-key' };
  expect(keysFromEnvironment(named)).toEqual({ adminKey: 'the-admin-key', serviceKey: 'the-service-key' });
});

describe('an invalid variable is rejected by name, with the valid format, and not shown', () => {
  test.each([
    [
      { QUOTA_ADMIN_KEY: 'secret!' },
      'QUOTA_ADMIN_KEY has 7 characters. Choose 8 to 256 visible ASCII characters.',
    ],
    [{ QUOTA_SERVICE_KEY: 'secret'.repeat(43) }, 'QUOTA_SERVICE_KEY has 258 characters.'],
    [{ QUOTA_SERVICE_KEY: 'secret with spaces' }, 'QUOTA_SERVICE_KEY has a space or'],
    [
      { QUOTA_ADMIN_KEY: 'secretß-secret' },
      'QUOTA_ADMIN_KEY has a space or a character that is not visible ASCII',
    ],
    [{ QUOTA_ADMIN_KEY: 'secret-secret', QUOTA_SERVICE_KEY: 'secret-secret' }, 'are the same'],
    [{ STRIPE_SECRET_KEY: 'sk_live_secret' }, '--allow-live-stripe'],
    [{ STRIPE_SECRET_KEY: 'rk_live_secret' }, '--allow-live-stripe'],
    [{ STRIPE_SECRET_KEY: 'sk_org_live_secret' }, '--allow-live-stripe'],
    [{ STRIPE_SECRET_KEY: 'pk_test_secret' }, 'begins with sk_test_ or rk_test_'],
    [{ STRIPE_SECRET_KEY: 'secret' }, 'begins with sk_test_ or rk_test_'],
    [{ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET: 'secret' }, 'begins with whsec_'],
    [{ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET: 'whsec_a,secret' }, 'begins with whsec_'],
  ])('%o', (environment, message) => {
    const read = () => keysFromEnvironment(environment);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/secret[^ s]|_secret/);
  });

  test('the bounds are valid', () => {
    for (const adminKey of ['a'.repeat(8), '!'.repeat(256)]) {
      expect(keysFromEnvironment({ QUOTA_ADMIN_KEY: adminKey })).toEqual({ adminKey });
    }
  });
});

test('a live account is accepted by option', () => {
  for (const secretKey of ['sk_live_a', 'rk_live_a', 'sk_org_live_a']) {
    const environment = { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET };
    expect(keysFromEnvironment(environment, { allowLiveStripe: true })).toEqual({
      stripe: { secretKey, webhookSecret: STRIPE_WEBHOOK_SECRET },
    });
  }
});

describe('a persisted simulator', () => {
  /** A day later each time: ids contain the time and would repeat within a second. */
  const restart = async (worldFile: string, webhookUrl: string, day: number) => {
    const now = () => Date.now() + day * 86_400_000;
    const { simulator, stop } = await startLocalStripe(webhookUrl, undefined, { worldFile, now });
    if (!simulator) throw new Error('the simulator runs');
    return { ...simulator, stop };
  };

  test('keeps its prices after a restart, and sends events only to the new port', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'local-stripe-'));
    const arrived: string[] = [];
    const server = await serveLocally((request, response) => {
      arrived.push(request.url ?? '');
      response.writeHead(200).end();
    });
    const first = await restart(join(folder, 'state'), `${server.url}/first`, 0);
    await first.stop();
    const second = await restart(join(folder, 'state'), `${server.url}/second`, 1);
    expect(second.prices).toEqual(first.prices);
    expect(await second.hasPrice(second.prices.pro?.monthly ?? '')).toBe(true);
    expect(await second.hasPrice('price_of-another-account')).toBe(false);
    second.control.resumeDeliveries();
    second.control.seedSubscriptions({ count: 1, price: second.prices.pro?.monthly ?? '' });
    const stripe = createStripe('sk_test_simulator', second.url);
    await stripe.customers.create({});
    await second.control.settled();
    expect(arrived).toEqual(['/second']);
    await second.stop();
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  test('adds prices to plans without any, replaces those of another account, and keeps others', async () => {
    const plans: Record<string, Record<string, unknown>> = {
      pro: { name: 'Pro', allowances: [], thresholds: [50], prices: { monthly: 'price_gone' } },
      enterprise: { name: 'Enterprise', allowances: [] },
    };
    const server = await serveLocally(async (request, response) => {
      const planId = request.url?.split('/').at(-1) ?? '';
      if (request.method === 'PUT') plans[planId] = Object(JSON.parse(await text(request)));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(plans[planId]));
    });
    const { simulator, stop } = await startLocalStripe(WEBHOOK_URL, undefined);
    if (!simulator) throw new Error('the simulator runs');
    const lines: string[] = [];
    const sell = () =>
      addPlanPrices(simulator, { url: server.url, adminKey: 'a' }, (line) => lines.push(line));
    await sell();
    expect(plans).toEqual({
      pro: { name: 'Pro', allowances: [], thresholds: [50], prices: simulator.prices.pro },
      enterprise: { name: 'Enterprise', allowances: [], prices: simulator.prices.enterprise },
    });
    expect(lines).toEqual([
      expect.stringMatching(/^plan pro: replaced its prices, which belong to another Stripe account/),
    ]);
    const chosen = { monthly: simulator.prices.pro?.yearly, legacy: 'price_gone' };
    plans.pro = { ...plans.pro, prices: chosen };
    await sell();
    expect(plans.pro?.prices).toEqual(chosen);
    await stop();
    await server.stop();
  });
});
