import type { SeededRandom } from 'stripe-simulator/seeded-random';
import type { StripeService } from '../../support/stripe-service.ts';

/**
 * Rare events of money: bundles with items of no plan, a new anchor, several of a price, invoices that are
 * sent, voided or uncollectible, credit of a cancellation, and a second paying customer of the user.
 */
export async function actOnOddMoney(
  world: StripeService,
  { userId, customer, random }: { userId: string; customer: string; random: SeededRandom },
): Promise<unknown> {
  const { simulator, stripe, prices } = world;
  const pick = <T>(list: readonly T[]): T | undefined => list[random.below(list.length)];
  const running = simulator.subscriptions().filter(({ ended_at }) => ended_at === null);
  const subscription = pick(running);
  const open = pick(simulator.invoices().filter(({ status }) => status === 'open'));
  const price = pick([prices.monthly, prices.dearer, prices.zero]) ?? '';
  const metadata = { userId };
  const proration_behavior = pick(['always_invoice', 'create_prorations'] as const) ?? 'none';
  return pick<() => unknown>([
    () => stripe.subscriptions.create({ customer, items: [{ price }, { price: prices.unknown }], metadata }),
    () => stripe.subscriptions.create({ customer, items: [{ price, quantity: 3 }], metadata }),
    () =>
      stripe.subscriptions.create({
        customer,
        items: [{ price }],
        metadata,
        collection_method: 'send_invoice',
        days_until_due: 1 + random.below(20),
      }),
    async () => {
      const second = await world.customer(userId, pick(['works', 'declines']));
      await stripe.subscriptions.create({ customer: second, items: [{ price }], metadata });
    },
    () =>
      subscription &&
      stripe.subscriptions.update(subscription.id, {
        billing_cycle_anchor: { type: 'now' } as never, // the simulator's API version takes an object
        proration_behavior,
      }),
    () =>
      subscription &&
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: subscription.items.data[0]?.id ?? '', quantity: 1 + random.below(3) }],
        proration_behavior,
      }),
    () => subscription && stripe.subscriptions.cancel(subscription.id, { prorate: true, invoice_now: true }),
    () => open && stripe.invoices.voidInvoice(open.id),
    () => open && stripe.invoices.markUncollectible(open.id),
  ])?.();
}
