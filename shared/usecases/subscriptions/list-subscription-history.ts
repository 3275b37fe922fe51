import type { PageRequest, RecordPage } from '../../adapters/dynamodb/record-page.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { Subscription } from '../../domain/subscriptions/subscription.ts';

export type SubscriptionPage = RecordPage<Subscription>;

export interface ListSubscriptionHistoryDeps {
  readonly subscriptions: Pick<SubscriptionStore, 'history'>;
}

/** Returns a page of the states of a user's subscription, newest first. */
export async function listSubscriptionHistory(
  { subscriptions }: ListSubscriptionHistoryDeps,
  userId: string,
  { limit, after }: PageRequest,
): Promise<SubscriptionPage> {
  return subscriptions.history(userId, limit, after);
}
