/** How the simulated account is set up. Times are those of the simulator's clock. */
export interface SimulatorSettings {
  /** The one key that is let in. */
  readonly secretKey: string;
  /** Decides every id. */
  readonly seed: number;
  /** Days between one failed payment of a renewal and the next attempt; when they are used up, `whenUnpaid`. */
  readonly paymentRetryDays: readonly number[];
  /** What becomes of a subscription whose payment failed for good. */
  readonly whenUnpaid: 'cancel' | 'unpaid' | 'past_due';
  /** How long a renewal's invoice stays a draft. */
  readonly invoiceDraftSeconds: number;
  /** How long events can be listed. */
  readonly eventRetentionDays: number;
  /** Seconds between one failed delivery of an event and the next attempt; then it is given up. */
  readonly deliveryRetrySeconds: readonly number[];
}

/**
 * Stripe's own figures: an hour as a draft, events for 30 days, deliveries for three days with exponential backoff.
 * Smart retries pick their moments by machine learning; these are the days of a custom schedule.
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
