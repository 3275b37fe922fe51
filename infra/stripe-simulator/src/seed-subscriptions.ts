import { addCustomer } from './customers.ts';
import { attachCard } from './payment-methods.ts';
import { startSubscription } from './start-subscription.ts';
import type { StoredSubscription } from './stored-objects.ts';
import type { World } from './world.ts';

export interface SeedOptions {
  readonly count: number;
  /** A price's id. */
  readonly price: string;
  /** By number, from 0. @default none */
  readonly metadata?: (index: number) => Record<string, string>;
}

/**
 * Makes many customers, each with a card and a paid, active subscription, as if they had always been there: no events,
 * no deliveries.
 */
export function seedSubscriptions(
  world: World,
  { count, price: priceId, metadata }: SeedOptions,
): StoredSubscription[] {
  const price = world.prices.get(priceId);
  if (!price) throw new Error(`There is no price ${priceId}.`);
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
