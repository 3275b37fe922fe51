/** One attempt to pay an invoice, as Stripe told of it. Amounts are in the currency's smallest unit. */
export interface Payment {
  /** The id of Stripe's event: a payment that is told of twice is the same payment. */
  readonly id: string;
  /** When Stripe made the event (epoch ms). */
  readonly at: number;
  readonly outcome: 'paid' | 'failed';
  readonly invoiceId: string;
  readonly subscriptionId: string | null;
  readonly amount: number;
  /** ISO 4217, in small letters. */
  readonly currency: string;
  /** How many automatic attempts there were so far. */
  readonly attempts: number;
  /** Where the customer can see or pay the invoice. */
  readonly invoiceUrl: string | null;
}
