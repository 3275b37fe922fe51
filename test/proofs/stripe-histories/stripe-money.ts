import type Stripe from 'stripe';
import type { SeededRandom } from 'stripe-simulator/seeded-random';
import type { Account } from '../../../shared/domain/account.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { grantQuota } from '../../../shared/usecases/quota/grant-quota.ts';
import type { StripeService } from '../../support/stripe-service.ts';
import { MoneyOracle } from '../simulation/stripe/money-oracle.ts';

/** Every written image of an account, for the money oracle at the end of a history. */
export class AccountImages {
  readonly #images = new Map<number, Account>();

  /** The store, with its writes recorded. */
  watched<T extends object>(accounts: T): T {
    return new Proxy(accounts, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          const result: unknown = await value.apply(target, args);
          const { code, account } = Object(result) as { code?: string; account?: Account }; // any of the store's answers
          if (code === 'saved' && account) this.#images.set(account.version, account);
          return result;
        };
      },
    });
  }

  /** All units of the account beyond what time gave and money bought. */
  async faults(world: StripeService): Promise<string[]> {
    const faults: string[] = [];
    const invoices = await invoicesOf(world);
    const oracle = new MoneyOracle(
      (text) => faults.push(text),
      () => invoices,
    );
    const images = [...this.#images.values()].sort((a, b) => a.version - b.version);
    images.forEach((image, index) => {
      oracle.onAccount(images[index - 1], image);
    });
    return faults;
  }
}

async function invoicesOf({ simulator, stripe }: StripeService) {
  return Promise.all(
    simulator.invoices().map(async (invoice) => {
      const data = await stripe.invoices.listLineItems(invoice.id, { limit: 100 });
      return { ...invoice, lines: data };
    }),
  );
}

/** A money action of the history's user, besides the rest. */
export async function actOnMoney(
  world: StripeService,
  { userId, customer, random }: { userId: string; customer: string; random: SeededRandom },
): Promise<unknown> {
  const { simulator, stripe, prices, deps } = world;
  const pick = <T>(list: readonly T[]): T | undefined => list[random.below(list.length)];
  const running = simulator.subscriptions().filter(({ ended_at }) => ended_at === null);
  const subscription = pick(running);
  const item = subscription?.items.data[0]?.id ?? '';
  const price = pick([prices.monthly, prices.dearer, prices.yearly, prices.zero]) ?? '';
  const change = (params: Partial<Stripe.SubscriptionUpdateParams>) =>
    subscription &&
    stripe.subscriptions.update(subscription.id, {
      items: [{ id: item, price }],
      proration_behavior: 'always_invoice',
      ...params,
    });
  const subscribe = (params: Partial<Stripe.SubscriptionCreateParams>) =>
    stripe.subscriptions.create({ customer, items: [{ price }], metadata: { userId }, ...params });
  const percent_off = pick([50, 100]) ?? 100;
  const use = () => consume(deps, { userId, amounts: new Map([['aiRequest', 1 + random.below(1_200)]]) });
  return pick<() => unknown>([
    use,
    use,
    use,
    () => grantQuota(deps, { userId, feature: 'aiRequest', amount: 1 + random.below(50), reason: 'kind' }),
    () => change({}),
    () => change({}),
    () => change({ trial_end: 'now' }),
    async () => {
      simulator.control.setCard(customer, 'declines');
      await change({});
    },
    async () => {
      const { id } = await stripe.coupons.create({ percent_off, duration: 'forever' });
      await (subscription
        ? change({ discounts: [{ coupon: id }] })
        : subscribe({ discounts: [{ coupon: id }] }));
    },
    () => stripe.customers.update(customer, { balance: -random.below(12_000) }),
    () => subscription && stripe.subscriptions.cancel(subscription.id),
    () => running.length === 0 && subscribe({ trial_period_days: 1 + random.below(20) }),
    () => running.length === 0 && subscribe({}),
    async () => {
      const open = simulator.invoices().find(({ status }) => status === 'open');
      if (open) await stripe.invoices.pay(open.id, { paid_out_of_band: true });
    },
  ])?.();
}
