import Stripe from 'stripe';
import {
  createStripeSimulator,
  type SimulatorOptions,
  type StripeSimulator,
} from '../../infra/local/stripe/simulator.ts';
import type { Loaded } from '../../shared/adapters/cache/cache-entry.ts';
import { StripeEventStore } from '../../shared/adapters/dynamodb/stripe-event-store.ts';
import { SubscriptionStore } from '../../shared/adapters/dynamodb/subscription-store.ts';
import { StripeGateway } from '../../shared/adapters/stripe/stripe-gateway.ts';
import { verifyWebhook } from '../../shared/adapters/stripe/stripe-webhook.ts';
import type { Subscription } from '../../shared/domain/subscription.ts';
import { handleStripeEvent } from '../../shared/usecases/handle-stripe-event.ts';
import type { SyncDeps } from '../../shared/usecases/sync-subscriptions.ts';
import { TestClock, type TestService } from './service.ts';

export const WEBHOOK_SECRET = 'whsec_test';
export const DAY_MS = 86_400_000;
/** 31 January, so that months of all lengths follow. */
export const START_MS = Date.UTC(2033, 0, 31, 12);

export interface Prices {
  readonly monthly: string;
  readonly dearer: string;
  readonly yearly: string;
  /** No plan names it. */
  readonly unknown: string;
}

/** The service and a simulated Stripe account, on one clock that stands until it is moved. */
export interface StripeService {
  readonly simulator: StripeSimulator;
  readonly stripe: Stripe;
  readonly prices: Prices;
  readonly deps: SyncDeps &
    TestService & { readonly subscriptions: SubscriptionStore; readonly stripeEvents: StripeEventStore };
  readonly announced: Subscription[];
  /** A customer with a card that works, whose metadata names the user. */
  customer(userId: string, card?: 'works' | 'declines'): Promise<string>;
  subscribe(
    customerId: string,
    price?: keyof Prices,
    params?: Partial<Stripe.SubscriptionCreateParams>,
  ): Promise<Stripe.Subscription>;
  /** Moves both clocks. */
  advance(ms: number): Promise<void>;
  /** Another environment of the same service. */
  with(overrides: Partial<SyncDeps>): SyncDeps;
}

/** As where there is no Redis: caches and turns have tests of their own. */
const NO_CACHE = {
  readExisting: async <V>(_id: string, load: () => Promise<Loaded<V>>) => ({
    ...(await load()),
    from: 'store' as const,
  }),
  put: async () => false,
};
const NO_LOCK = async () => ({ code: 'unavailable' as const });

/**
 * @param options.deps what handles the webhooks; the service itself unless said otherwise
 */
export async function createStripeService(
  service: TestService,
  options: SimulatorOptions & { readonly deps?: () => SyncDeps } = {},
): Promise<StripeService> {
  const clock = new TestClock();
  clock.freezeAt(START_MS);
  const table = { client: service.table.documentClient, name: service.table.tableName };
  const { deps: receiverDeps, ...simulatorOptions } = options;
  const simulator = createStripeSimulator({
    standsAtMs: START_MS,
    deliver: 'manual',
    signatureTime: 'simulator',
    webhookSecrets: [WEBHOOK_SECRET],
    webhookReceiver: async ({ body, headers }) => {
      const verified = verifyWebhook(
        Buffer.from(body),
        headers['stripe-signature'],
        [WEBHOOK_SECRET],
        clock.now(),
      );
      if (verified.code !== 'verified') return 400;
      return handleStripeEvent(receiverDeps?.() ?? deps, verified.event).then(
        () => 200,
        () => 503,
      );
    },
    ...simulatorOptions,
  });
  const stripe = new Stripe(simulator.secretKey, {
    httpClient: Stripe.createFetchHttpClient(simulator.fetch),
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const product = await stripe.products.create({ name: 'Plan' });
  const price = async (unit_amount: number, interval: 'month' | 'year') =>
    (
      await stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount,
        recurring: { interval },
      })
    ).id;
  const prices: Prices = {
    monthly: await price(1_000, 'month'),
    dearer: await price(3_000, 'month'),
    yearly: await price(10_000, 'year'),
    unknown: await price(500, 'month'),
  };
  const planOfPrice = new Map([
    [prices.monthly, 'pro'],
    [prices.dearer, 'team'],
    [prices.yearly, 'pro'],
  ]);
  const announced: Subscription[] = [];
  const deps = {
    ...service,
    clock,
    now: clock.now,
    sleep: async () => {},
    plans: Object.assign(Object.create(service.plans) as typeof service.plans, {
      planOfPrices: async (ids: readonly string[]) =>
        new Map([...planOfPrice].filter(([id]) => ids.includes(id))),
      newest: (id: string) => service.plans.newest(id),
      current: (id: string) => service.plans.current(id),
    }),
    subscriptions: new SubscriptionStore(table),
    stripeEvents: new StripeEventStore(table),
    stripe: new StripeGateway({
      client: async () => stripe,
      now: clock.now,
      sleep: async () => {},
      callsPerSecond: 1e6,
    }),
    customerCache: NO_CACHE,
    subscriptionCache: NO_CACHE,
    withLock: NO_LOCK,
    announce: async (subscription: Subscription) => {
      announced.push(subscription);
    },
  };
  return {
    simulator,
    stripe,
    prices,
    deps,
    announced,
    async customer(userId, card = 'works') {
      const { id } = await stripe.customers.create({ metadata: { userId } });
      simulator.control.setCard(id, card);
      return id;
    },
    subscribe: (customer, name = 'monthly', params = {}) =>
      stripe.subscriptions.create({ customer, items: [{ price: prices[name] }], ...params }),
    async advance(ms) {
      await simulator.control.advanceBy(ms);
      clock.freezeAt(simulator.control.nowMs());
    },
    with: (overrides) => ({ ...deps, ...overrides }),
  };
}

/** The plans that the prices buy, besides the default plan. */
export async function createPaidPlans(service: TestService): Promise<void> {
  await service.createPlan('pro', [{ limit: 1_000, interval: 'billing_cycle' }]);
  await service.createPlan('team', [
    { limit: 5_000, interval: 'billing_cycle' },
    { feature: 'upload', limit: 50, interval: 'day' },
  ]);
}
