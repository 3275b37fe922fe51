import { type ApiError, cardDeclined, noPaymentMethod } from '../calls/errors.ts';
import type { StoredCustomer, StoredSubscription } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

interface Payer {
  readonly customer: StoredCustomer;
  readonly subscription?: Pick<StoredSubscription, 'default_payment_method'> | undefined;
  /** For this payment only. */
  readonly card?: string | undefined;
}

/** Returns the card that pays: the given one, the subscription's, or the customer's. */
export function payingCard({ customer, subscription, card }: Payer): string | null {
  return card ?? subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method;
}

/** Returns why a payment would fail now; undefined if it would succeed. Changes nothing. */
export function refusal(world: World, payer: Payer): ApiError | undefined {
  const card = payingCard(payer);
  if (card === null) return noPaymentMethod();
  return world.cards.get(card) === 'works' ? undefined : cardDeclined();
}
