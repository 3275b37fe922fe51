import { startSubscription } from '../billing/start-subscription.ts';
import { addCustomer } from '../customers/customers.ts';
import { attachCard } from '../customers/payment-methods.ts';
import type { StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

export interface SeedOptions {
  readonly count: number;
  /** A price's id. */
  readonly price: string;
  /** By index, from 0. @default none */
  readonly metadata?: (index: number) => Record<string, string>;
}

/** Creates many customers, each with a card and a paid, active subscription, without events or deliveries. */
export function seedSubscriptions(
  world: World,
  { count, price: priceId, metadata }: SeedOptions,
): StoredSubscription[] {
  const price = world.prices.get(priceId);
  if (!price) throw new Error(`No such price: ${priceId}.`);
  return world.quietly(() =>
    Array.from({ length: count }, (_, index) => {
      const customer = addCustomer(world, { email: `customer-${index}@example.com` });
      const card = attachCard(world, customer, 'works');
      customer.invoice_settings.default_payment_method = card.id;
      return startSubscription(world, {
        customer,
        items: [{ price, quantity: 1 }],
        metadata: metadata?.(index),
      });
    }),
  );
}
