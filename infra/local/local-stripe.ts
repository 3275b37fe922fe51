import Stripe from 'stripe';
import {
  CONTROL_PATH,
  type RequestFilter,
  type SimulatorControl,
  type SimulatorOptions,
  startStripeSimulator,
} from 'stripe-simulator';
import { writeFileAtomically } from './host/atomic-file.ts';
import { isLocalProgram, isLocalProgramOrOwnPage } from './host/local-caller.ts';

/** Keys of a real Stripe account, used in place of the simulator. */
export interface RealStripe {
  readonly secretKey: string;
  /** The secret that `stripe listen` prints; several are comma separated. */
  readonly webhookSecret?: string;
}

/** The Stripe that functions call: the simulator or a real account. */
export interface LocalStripe {
  /** Fields of the stack's secret. */
  readonly secret: Readonly<Record<string, string>>;
  /** Absent with a real account. */
  readonly simulator?: LocalSimulator;
  stop(): Promise<void>;
}

export interface LocalSimulator {
  readonly url: string;
  readonly control: SimulatorControl;
  /** Price ids by plan and name of the price. */
  readonly prices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Whether the account has a price. */
  hasPrice(id: string): Promise<boolean>;
}

/** Prices of the default plans, in cents. */
const OFFERS = {
  pro: { monthly: 2_000, yearly: 20_000 },
  enterprise: { monthly: 20_000, yearly: 200_000 },
} as const;
const INTERVALS = { monthly: 'month', yearly: 'year' } as const;
const WEBHOOK_SECRET = 'whsec_simulator';

/** Persistence and clock of the simulator's account. */
export type LocalStripeOptions = Pick<SimulatorOptions, 'worldFile' | 'onSaveFailure' | 'now'>;

/**
 * Starts the Stripe simulator with prices for the default plans, or returns a real account. A persisted
 * account keeps its prices; its deliveries are held until `simulator.control.resumeDeliveries`.
 *
 * @param webhookUrl receives the simulator's events; `stripe listen` forwards those of a real account
 * @throws Error if the persisted account cannot be read
 */
export async function startLocalStripe(
  webhookUrl: string,
  real: RealStripe | undefined,
  options: LocalStripeOptions = {},
): Promise<LocalStripe> {
  if (real) {
    const { secretKey, webhookSecret = '' } = real;
    return { secret: { secretKey, webhookSecrets: webhookSecret }, stop: async () => {} };
  }
  const running = await startStripeSimulator({ ...options, accepts, writeFile: writeFileAtomically });
  const { secretKey, url, port, control } = running;
  const stripe = new Stripe(secretKey, { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
  const prices = { pro: await priceIdsOf(stripe, 'pro'), enterprise: await priceIdsOf(stripe, 'enterprise') };
  // After the set-up: its events are not delivered.
  await pointEndpoint(webhookUrl, stripe, control);
  const hasPrice = (id: string) =>
    stripe.prices.retrieve(id).then(
      () => true,
      () => false,
    );
  return {
    secret: { secretKey, webhookSecrets: WEBHOOK_SECRET, apiBase: url },
    simulator: { url, control, prices, hasPrice },
    stop: () => running.stop(),
  };
}

/**
 * The secret key is public and control needs none: web pages must not reach either. The simulator's own pages
 * post forms.
 */
const accepts: RequestFilter = ({ target, headers }) =>
  target.startsWith(CONTROL_PATH) ? isLocalProgram(headers) : isLocalProgramOrOwnPage(headers);

/** Returns the price ids of a plan; creates the product and prices that the account lacks. */
async function priceIdsOf(stripe: Stripe, planId: keyof typeof OFFERS) {
  const products = await all(stripe.products.list({ limit: 100 }));
  const product =
    products.find(({ metadata }) => metadata.offeredPlan === planId) ??
    (await stripe.products.create({ name: planId, metadata: { offeredPlan: planId } }));
  const known = await all(stripe.prices.list({ product: product.id, limit: 100 }));
  const price = async (name: keyof typeof INTERVALS) => {
    const recurring = { interval: INTERVALS[name] };
    const found = known.find((one) => one.recurring?.interval === recurring.interval);
    const wish = { product: product.id, currency: 'usd', unit_amount: OFFERS[planId][name], recurring };
    return (found ?? (await stripe.prices.create(wish))).id;
  };
  return { monthly: await price('monthly'), yearly: await price('yearly') };
}

const all = <T extends { id: string }>(list: Stripe.ApiListPromise<T>): Promise<T[]> =>
  list.autoPagingToArray({ limit: 10_000 });

const OWN_ENDPOINT = 'The local stack';

/**
 * Points the account's endpoint to this stack. A persisted account has the endpoint of the former start,
 * maybe at another port.
 */
async function pointEndpoint(url: string, stripe: Stripe, control: SimulatorControl): Promise<void> {
  const endpoints = await all(stripe.webhookEndpoints.list({ limit: 100 }));
  const own = endpoints.find(({ description }) => description === OWN_ENDPOINT);
  const id = own?.id ?? control.addWebhookEndpoint(url, [WEBHOOK_SECRET]);
  await stripe.webhookEndpoints.update(id, { url, description: OWN_ENDPOINT });
}

/**
 * Adds prices to the default plans by the API, as an operator does. Skips plans that do not exist or have a
 * price of this account. Replaces prices of another account, which cannot be bought.
 *
 * @param report receives a line for each plan whose prices are replaced
 */
export async function addPlanPrices(
  { prices, hasPrice }: Pick<LocalSimulator, 'prices' | 'hasPrice'>,
  { url, adminKey }: { readonly url: string; readonly adminKey: string },
  report: (line: string) => void = () => {},
): Promise<void> {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  for (const [planId, own] of Object.entries(prices)) {
    const plan = `${url}/v1/plans/${planId}`;
    const answer = await fetch(plan, { headers });
    const { name, allowances, thresholds, prices: present } = Object(await answer.json());
    const known = await Promise.all(Object.values<string>(present ?? {}).map(hasPrice));
    if (!answer.ok || known.includes(true)) continue;
    if (known.length > 0)
      report(`plan ${planId}: replaced its prices, which belong to another Stripe account`);
    const body = JSON.stringify({ name, allowances, thresholds, prices: own });
    await fetch(plan, { method: 'PUT', headers, body });
  }
}
