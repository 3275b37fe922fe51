/** One attempt to pay an invoice, from Stripe's event. Amounts are in the currency's smallest unit. */
export interface Payment {
  /** The id of Stripe's event: a repeated delivery is the same payment. */
  readonly id: string;
  /** When Stripe created the event (epoch ms). */
  readonly at: number;
  readonly outcome: 'paid' | 'failed';
  readonly invoiceId: string;
  readonly subscriptionId: string | null;
  readonly amount: number;
  /** ISO 4217, in small letters. */
  readonly currency: string;
  /** Number of automatic attempts so far. */
  readonly attempts: number;
  /** Where the customer can see or pay the invoice. */
  readonly invoiceUrl: string | null;
}
