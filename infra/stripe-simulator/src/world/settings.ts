/** Settings of the simulated account. Times are those of the simulator's clock. */
export interface SimulatorSettings {
  /** The only accepted key. */
  readonly secretKey: string;
  /** Determines all ids. */
  readonly seed: number;
  /** Days between the payment attempts of a renewal; after the last, `whenUnpaid` applies. */
  readonly paymentRetryDays: readonly number[];
  /** The outcome of a subscription after the last failed attempt. */
  readonly whenUnpaid: 'cancel' | 'unpaid' | 'past_due';
  /** How long a renewal's invoice stays a draft. */
  readonly invoiceDraftSeconds: number;
  /** How long events can be listed. */
  readonly eventRetentionDays: number;
  /** Seconds between the delivery attempts of an event; after the last, it is dropped. */
  readonly deliveryRetrySeconds: readonly number[];
}

/**
 * Stripe's defaults: an hour as a draft, events for 30 days, deliveries for three days with exponential
 * backoff. Payment retries follow a custom schedule: Stripe's smart retries pick their times by machine
 * learning.
 */
export const DEFAULT_SETTINGS: SimulatorSettings = {
  secretKey: 'sk_test_simulator',
  seed: 1,
  paymentRetryDays: [3, 5, 7],
  whenUnpaid: 'cancel',
  invoiceDraftSeconds: 3_600,
  eventRetentionDays: 30,
  deliveryRetrySeconds: [60, 300, 1_800, 7_200, 18_000, 36_000, 43_200, 43_200, 43_200, 43_200],
};
