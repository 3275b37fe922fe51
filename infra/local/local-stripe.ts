import Stripe from 'stripe';
import { startStripeSimulator } from './stripe/simulator.ts';

/** Keys of a real Stripe account, to use in place of the simulator. */
export interface RealStripe {
  readonly secretKey: string;
  /** As `stripe listen` prints it, or several, comma separated. */
  readonly webhookSecret?: string;
}

/** The Stripe that the functions talk to; they cannot tell which. */
export interface LocalStripe {
  /** What the secret of the stack says. */
  readonly secret: Readonly<Record<string, string>>;
  /** Of the simulator; absent with a real account. */
  readonly url?: string;
  /** What the simulator sells: by plan, by the price's name, the price's id. */
  readonly prices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  stop(): Promise<void>;
}

/** For the plans that a fresh deployment offers, in cents. */
const OFFERS = {
  pro: { monthly: 2_000, yearly: 20_000 },
  enterprise: { monthly: 20_000, yearly: 200_000 },
} as const;
const INTERVALS = { monthly: 'month', yearly: 'year' } as const;
const WEBHOOK_SECRET = 'whsec_simulator';

/**
 * Starts the Stripe simulator with prices for the default plans, or names a real account.
 *
 * @param webhookUrl gets the simulator's events; a real account's come by `stripe listen`
 */
export async function startLocalStripe(
  webhookUrl: string,
  real: RealStripe | undefined,
): Promise<LocalStripe> {
  if (real) {
    const { secretKey, webhookSecret = '' } = real;
    return { secret: { secretKey, webhookSecrets: webhookSecret }, prices: {}, stop: async () => {} };
  }
  const simulator = await startStripeSimulator();
  const { secretKey, url, port } = simulator;
  const stripe = new Stripe(secretKey, { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
  const prices = { pro: await offer(stripe, 'pro'), enterprise: await offer(stripe, 'enterprise') };
  // From here on: nobody has to hear how the shop was furnished.
  simulator.control.addWebhookEndpoint(webhookUrl, [WEBHOOK_SECRET]);
  const secret = { secretKey, webhookSecrets: WEBHOOK_SECRET, apiBase: url };
  return { secret, url, prices, stop: () => simulator.stop() };
}

async function offer(stripe: Stripe, planId: keyof typeof OFFERS) {
  const product = await stripe.products.create({ name: planId });
  const price = async (name: keyof typeof INTERVALS) => {
    const made = await stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: OFFERS[planId][name],
      recurring: { interval: INTERVALS[name] },
    });
    return made.id;
  };
  return { monthly: await price('monthly'), yearly: await price('yearly') };
}

/**
 * Tells the service what its plans cost, as an operator would: by the API. Plans that are not there, or that somebody has
 * given other prices, stay as they are.
 */
export async function sellPlans(
  { prices }: Pick<LocalStripe, 'prices'>,
  { url, adminKey }: { readonly url: string; readonly adminKey: string },
): Promise<void> {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  for (const [planId, own] of Object.entries(prices)) {
    const plan = `${url}/v1/plans/${planId}`;
    const answer = await fetch(plan, { headers });
    const { name, allowances, prices: present } = Object(await answer.json());
    if (!answer.ok || present) continue;
    const body = JSON.stringify({ name, allowances, prices: own });
    await fetch(plan, { method: 'PUT', headers, body });
  }
}
