import Stripe from 'stripe';
import { type RunningStripeSimulator, startStripeSimulator } from '../../src/simulator.ts';
import type { SimulatorOptions } from '../../src/simulator-options.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** A simulated account with one product and three prices, and the SDK connected to it over HTTP. */
export interface StripeAccount {
  readonly simulator: RunningStripeSimulator;
  readonly stripe: Stripe;
  readonly product: Stripe.Product;
  readonly monthly: Stripe.Price;
  readonly dearer: Stripe.Price;
  readonly yearly: Stripe.Price;
  /** Creates a customer. @default a card that works */
  customer(card?: 'works' | 'declines' | 'none'): Promise<Stripe.Customer>;
  /** Subscribes a new customer to the monthly price. */
  subscribe(
    card?: 'works' | 'declines' | 'none',
    params?: Partial<Stripe.SubscriptionCreateParams>,
  ): Promise<Stripe.Response<Stripe.Subscription>>;
  statusOf(subscriptionId: string): Promise<Stripe.Subscription.Status>;
  /** Returns the types of the events since the last call, oldest first. */
  newEvents(): string[];
  stop(): Promise<void>;
}

/** The events of a paid invoice, in order. */
export const PAID = ['invoice.updated', 'invoice.paid', 'invoice.payment_succeeded', 'invoice_payment.paid'];

/** 31 January 2026: months of all lengths follow. */
export const START_MS = Date.UTC(2026, 0, 31, 12);

export async function openStripeAccount(
  options: SimulatorOptions = {},
  config: Partial<Stripe.StripeConfig> = {},
): Promise<StripeAccount> {
  const simulator = await startStripeSimulator({ stoppedAtMs: START_MS, deliver: 'manual', ...options });
  const stripe = new Stripe(simulator.secretKey, {
    host: '127.0.0.1',
    port: simulator.port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
    ...config,
  });
  const product = await stripe.products.create({ name: 'Gold' });
  const price = (unit_amount: number, interval: 'month' | 'year', lookup_key: string) =>
    stripe.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount,
      recurring: { interval },
      lookup_key,
    });
  const monthly = await price(1_000, 'month', 'gold_monthly');
  const dearer = await price(3_000, 'month', 'platinum_monthly');
  const yearly = await price(10_000, 'year', 'gold_yearly');
  const seen = new Set<string>();
  const newEvents = () => {
    const fresh = simulator.events().filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    return fresh.map(({ type }) => String(type));
  };
  newEvents();
  const customer: StripeAccount['customer'] = async (card = 'works') => {
    const made = await stripe.customers.create({ email: 'ada@example.com' });
    if (card !== 'none') simulator.control.setCard(made.id, card);
    newEvents();
    return made;
  };
  return {
    simulator,
    stripe,
    product,
    monthly,
    dearer,
    yearly,
    newEvents,
    customer,
    subscribe: async (card, params = {}) => {
      const { id } = await customer(card);
      return stripe.subscriptions.create({ customer: id, items: [{ price: monthly.id }], ...params });
    },
    statusOf: async (id) => (await stripe.subscriptions.retrieve(id)).status,
    stop: () => simulator.stop(),
  };
}

export const itemOf = (subscription: Stripe.Subscription): Stripe.SubscriptionItem => {
  const [item] = subscription.items.data;
  if (!item) throw new Error(`${subscription.id} has no items.`);
  return item;
};

export const seconds = (ms: number) => Math.floor(ms / 1_000);
