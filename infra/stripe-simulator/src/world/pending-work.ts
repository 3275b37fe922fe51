import type { StoredEvent } from './stored-objects.ts';

/*
 * State of the account that is no object of Stripe's API.
 */

/** Whether the bank accepts charges to a card. */
export type CardBehaviour = 'works' | 'declines';

/** An event to be delivered to an endpoint. */
export interface Delivery {
  readonly id: string;
  readonly event: StoredEvent;
  /** Id of the endpoint. */
  readonly endpoint: string;
  /** Attempts made so far. */
  readonly attempts: number;
}

/** An idempotency key that was used. */
export interface IdempotencyEntry {
  readonly path: string;
  readonly fingerprint: string;
  /** Seconds. */
  readonly at: number;
  /** Undefined while the first call runs. */
  response: SavedResponse | undefined;
}

/** The response saved under an idempotency key. */
export interface SavedResponse {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

export const SUBSCRIPTION_TASKS = [
  'period',
  'cancel',
  'expire',
  'trial-will-end',
  'resume-collection',
] as const;
export type SubscriptionTask = (typeof SUBSCRIPTION_TASKS)[number];

export const INVOICE_TASKS = ['finalize', 'retry', 'void', 'overdue'] as const;
export type InvoiceTask = (typeof INVOICE_TASKS)[number];

/** Tasks that the simulator schedules. A task is a name and an id, so that it can be saved. */
export type TaskName = SubscriptionTask | InvoiceTask | 'expire-session' | 'deliver';
