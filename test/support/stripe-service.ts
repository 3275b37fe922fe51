import Stripe from 'stripe';
import { createStripeSimulator, type SimulatorOptions, type StripeSimulator } from 'stripe-simulator';
import { afterAll, beforeAll } from 'vitest';
import { StripeEventStore } from '../../shared/adapters/dynamodb/stripe-event-store.ts';
import { SubscriptionStore } from '../../shared/adapters/dynamodb/subscription-store.ts';
import { StripeGateway } from '../../shared/adapters/stripe/stripe-gateway.ts';
import { verifyWebhook } from '../../shared/adapters/stripe/stripe-webhook.ts';
import type { Account } from '../../shared/domain/account.ts';
import type { Subscription } from '../../shared/domain/subscriptions/subscription.ts';
import { readAccount } from '../../shared/usecases/quota/read-account.ts';
import { handleStripeEvent } from '../../shared/usecases/subscriptions/handle-stripe-event.ts';
import type { SyncDeps } from '../../shared/usecases/subscriptions/sync-deps.ts';
import { overlaid } from '../proofs/simulation/overlaid.ts';
import { createServiceWithPaidPlans } from './paid-plans.ts';
import { TestClock, type TestService } from './service.ts';
import { NO_CACHE } from './wiring.ts';

export const WEBHOOK_SECRET = 'whsec_test';
export const DAY_MS = 86_400_000;
/** 31 January, so that months of all lengths follow. */
export const START_MS = Date.UTC(2033, 0, 31, 12);

export interface Prices {
  readonly monthly: string;
  readonly dearer: string;
  readonly yearly: string;
  /** Costs nothing, and buys `starter`. */
  readonly zero: string;
  /** No plan names it. */
  readonly unknown: string;
}

/** The service and a simulated Stripe account, on one clock that the test moves. */
export interface StripeService {
  readonly simulator: StripeSimulator;
  readonly stripe: Stripe;
  readonly prices: Prices;
  readonly deps: SyncDeps &
    TestService & {
      readonly stripe: StripeGateway;
      readonly subscriptions: SubscriptionStore;
      readonly stripeEvents: StripeEventStore;
    };
  readonly announced: Subscription[];
  /** A customer with a valid card, whose metadata names the user. */
  customer(userId: string, card?: 'works' | 'declines'): Promise<string>;
  subscribe(
    customerId: string,
    price?: keyof Prices,
    params?: Partial<Stripe.SubscriptionCreateParams>,
  ): Promise<Stripe.Subscription>;
  /** Moves a subscription to another price, billed at once as the portal does. */
  changePrice(
    subscriptionId: string,
    price: keyof Prices,
    params?: Partial<Stripe.SubscriptionUpdateParams>,
  ): Promise<void>;
  /** Moves both clocks. */
  advance(ms: number): Promise<void>;
  /** Another environment of the same service. */
  with(overrides: Partial<SyncDeps>): SyncDeps;
}

/** As without Redis: serialization has tests of its own. */
const NO_LOCK = async () => ({ code: 'unavailable' as const });

export interface StripeServiceOptions extends SimulatorOptions {
  /** The dependencies that handle the webhooks. @default the service's */
  readonly deps?: () => SyncDeps;
}

export async function createStripeService(
  service: TestService,
  options: StripeServiceOptions = {},
): Promise<StripeService> {
  const clock = new TestClock();
  clock.freezeAt(START_MS);
  const table = { client: service.table.documentClient, name: service.table.tableName };
  const { deps: receiverDeps, ...simulatorOptions } = options;
  const simulator = createStripeSimulator({
    stoppedAtMs: START_MS,
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
    zero: await price(0, 'month'),
  };
  const planOfPrice = new Map([
    [prices.monthly, 'pro'],
    [prices.dearer, 'team'],
    [prices.yearly, 'pro'],
    [prices.zero, 'starter'],
  ]);
  const announced: Subscription[] = [];
  const deps = {
    ...service,
    clock,
    now: clock.now,
    sleep: async () => {},
    plans: overlaid(service.plans, {
      planOfPrices: async (ids: readonly string[]) =>
        new Map([...planOfPrice].filter(([id]) => ids.includes(id))),
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
    async changePrice(id, price, params = {}) {
      const item = simulator.subscription(id)?.items.data[0]?.id ?? '';
      const items = [{ id: item, price: prices[price] }];
      await stripe.subscriptions.update(id, { items, proration_behavior: 'always_invoice', ...params });
    },
    async advance(ms) {
      await simulator.control.advanceBy(ms);
      clock.freezeAt(simulator.control.nowMs());
    },
    with: (overrides) => ({ ...deps, ...overrides }),
  };
}

/** A user's current account, past every cache. */
export async function accountOf({ deps }: StripeService, userId: string): Promise<Account> {
  return (await readAccount(deps, userId, { consistent: true })).account;
}

/**
 * A service with paid plans for a test file. Call it once.
 *
 * @returns adds another Stripe account, with its own ids
 */
export function useStripeServices(): (options?: StripeServiceOptions) => Promise<StripeService> {
  let service: TestService | undefined;
  let accounts = 0;
  beforeAll(async () => {
    service = await createServiceWithPaidPlans();
  });
  afterAll(() => service?.table.drop());
  return async (options = {}) => {
    if (!service) throw new Error('The service is there from the first test on');
    accounts += 1;
    return createStripeService(service, { seed: accounts, ...options });
  };
}
