import { Server } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, test, vi } from 'vitest';
import type { Assembly } from '../../../../infra/local/assembly/read-assembly.ts';
import { startAwsEndpoint } from '../../../../infra/local/aws-endpoint.ts';
import { keysFromEnvironment } from '../../../../infra/local/keys-from-environment.ts';
import { startLocalStripe } from '../../../../infra/local/local-stripe.ts';
import { secretsService } from '../../../../infra/local/secrets.ts';
import { createStripe } from '../../../../shared/adapters/stripe/stripe-client.ts';
import { type StripeKeys, StripeSecret } from '../../../../shared/adapters/stripe/stripe-secret.ts';

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

/** What functions read of the secret, where the stack is started in such an environment; and how many servers that took. */
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

/** Where the functions' client sends its calls. */
const hostOf = (keys: StripeKeys | undefined) =>
  createStripe(keys?.secretKey ?? '', keys?.apiBase).getApiField('host');

describe('the Stripe of the local stack', () => {
  test('is the account whose key the environment names: no simulator runs, and functions call Stripe itself', async () => {
    const { stripe, keys, servers } = await startIn({ STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET });
    expect(keys).toEqual({ secretKey: STRIPE_SECRET_KEY, webhookSecrets: [STRIPE_WEBHOOK_SECRET] });
    expect(hostOf(keys)).toBe('api.stripe.com');
    expect(stripe).toMatchObject({ prices: {} });
    expect(stripe.url).toBeUndefined();
    expect(servers).toBe(0);
  });

  test('believes no webhook where the environment names no secret of one', async () => {
    const { keys } = await startIn({ STRIPE_SECRET_KEY });
    expect(keys).toEqual({ secretKey: STRIPE_SECRET_KEY, webhookSecrets: [] });
  });

  test('is a simulator where the environment names none, or nothing', async () => {
    for (const environment of [{}, { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET: '' }]) {
      const { stripe, keys, servers } = await startIn(environment);
      expect(keys).toMatchObject({ secretKey: 'sk_test_simulator', apiBase: stripe.url });
      expect(hostOf(keys)).toBe('127.0.0.1');
      expect(servers).toBe(1);
    }
  });
});

test('a secret of webhooks without the key of its account is refused by name, and not shown', () => {
  for (const environment of [{ STRIPE_WEBHOOK_SECRET }, { STRIPE_SECRET_KEY: '', STRIPE_WEBHOOK_SECRET }]) {
    expect(() => keysFromEnvironment(environment)).toThrow(
      /^STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not\. Set both, or neither\.$/,
    );
  }
});

test('the environment names the first keys too', () => {
  const named = { QUOTA_ADMIN_KEY: 'the-admin-key', QUOTA_SERVICE_KEY: 'the-service-key' };
  expect(keysFromEnvironment(named)).toEqual({ adminKey: 'the-admin-key', serviceKey: 'the-service-key' });
});
