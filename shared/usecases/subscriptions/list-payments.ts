import type { PageRequest, RecordPage } from '../../adapters/dynamodb/record-page.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { Payment } from '../../domain/subscriptions/payment.ts';

export type PaymentPage = RecordPage<Payment>;

export interface ListPaymentsDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'payments'>;
}

/** Returns a page of a user's payments, failed ones included, newest first. */
export async function listPayments(
  { subscriptions }: ListPaymentsDeps,
  userId: string,
  { limit, after }: PageRequest,
): Promise<PaymentPage> {
  return subscriptions.payments(userId, limit, after);
}
