import type { LocalStackOptions } from './local-stack.ts';

/**
 * What the environment of `npm start` chooses: the first keys, and a Stripe account of the developer's own. What is unset
 * or empty is left to the stack.
 *
 * @throws Error when webhooks have a secret and the account has no key: the simulator would run instead, and nobody be told
 */
export function keysFromEnvironment({
  QUOTA_ADMIN_KEY: adminKey,
  QUOTA_SERVICE_KEY: serviceKey,
  STRIPE_SECRET_KEY: secretKey,
  STRIPE_WEBHOOK_SECRET: webhookSecret,
}: Readonly<Record<string, string | undefined>>): Pick<
  LocalStackOptions,
  'adminKey' | 'serviceKey' | 'stripe'
> {
  if (webhookSecret && !secretKey) {
    throw new Error('STRIPE_WEBHOOK_SECRET is set and STRIPE_SECRET_KEY is not. Set both, or neither.');
  }
  return {
    ...(adminKey && { adminKey }),
    ...(serviceKey && { serviceKey }),
    ...(secretKey && { stripe: { secretKey, ...(webhookSecret && { webhookSecret }) } }),
  };
}
