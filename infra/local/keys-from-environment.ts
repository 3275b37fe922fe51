import { FIRST_KEY } from '../../shared/contract.ts';
import type { LocalStackOptions } from './local-stack-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the first keys and a real Stripe account from the environment of `npm start`. The stack chooses what
 * is unset or empty.
 *
 * @param allowLiveStripe whether a live key, which moves real money, is accepted
 * @throws Error with the variable and the valid format, never with its value
 */
export function keysFromEnvironment(
  environment: Environment,
  { allowLiveStripe = false }: { readonly allowLiveStripe?: boolean } = {},
): Pick<LocalStackOptions, 'adminKey' | 'serviceKey' | 'stripe'> {
  const { QUOTA_ADMIN_KEY: adminKey, QUOTA_SERVICE_KEY: serviceKey } = environment;
  checkFirstKey('QUOTA_ADMIN_KEY', adminKey);
  checkFirstKey('QUOTA_SERVICE_KEY', serviceKey);
  if (adminKey && adminKey === serviceKey) {
    throw new Error(
      'QUOTA_ADMIN_KEY and QUOTA_SERVICE_KEY are the same. Choose two keys: their scopes differ.',
    );
  }
  const stripe = stripeAccount(environment, allowLiveStripe);
  return { ...(adminKey && { adminKey }), ...(serviceKey && { serviceKey }), ...(stripe && { stripe }) };
}

function checkFirstKey(name: string, key: string | undefined): void {
  if (!key || FIRST_KEY.pattern.test(key)) return;
  const { minLength, maxLength } = FIRST_KEY;
  const fault =
    key.length < minLength || key.length > maxLength
      ? `has ${key.length} characters`
      : 'has a space or a character that is not visible ASCII';
  throw new Error(`${name} ${fault}. Choose ${minLength} to ${maxLength} visible ASCII characters.`);
}

/** Secret and restricted keys, of an account or an organization: https://docs.stripe.com/keys */
const SECRET_KEY = /^(sk|rk)_(org_)?(test|live)_/;

function stripeAccount(
  { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret }: Environment,
  allowLive: boolean,
): LocalStackOptions['stripe'] {
  if (webhookSecret && !secretKey) {
    throw new Error('STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not. Set both, or neither.');
  }
  if (!secretKey) return undefined;
  const mode = SECRET_KEY.exec(secretKey)?.[3];
  if (!mode)
    throw new Error('STRIPE_SECRET_KEY is not a secret key of Stripe. It begins with sk_test_ or rk_test_.');
  if (mode === 'live' && !allowLive) {
    throw new Error(
      'STRIPE_SECRET_KEY is a live key: sales on this machine would charge real money. Use a key that begins with sk_test_, or add the option --allow-live-stripe.',
    );
  }
  checkWebhookSecrets(webhookSecret);
  return { secretKey, ...(webhookSecret && { webhookSecret }) };
}

function checkWebhookSecrets(secrets = ''): void {
  const isWrong = secrets.split(',').some((secret) => secrets !== '' && !/^whsec_./.test(secret.trim()));
  if (isWrong) {
    throw new Error(
      'STRIPE_WEBHOOK_SECRET is not a signing secret of Stripe. It begins with whsec_ (several: comma separated).',
    );
  }
}
