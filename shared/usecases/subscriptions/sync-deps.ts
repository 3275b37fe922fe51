import type { AccountStore } from '../../adapters/dynamodb/account-store.ts';
import type { StripeEventStore } from '../../adapters/dynamodb/stripe-event-store.ts';
import type { SubscriptionStore } from '../../adapters/dynamodb/subscription-store.ts';
import type { StripeGateway } from '../../adapters/stripe/stripe-gateway.ts';
import type { HandleStripeEventDeps } from './handle-stripe-event.ts';

/** Dependencies of a run of `subscription-sync`. */
export interface SyncDeps extends HandleStripeEventDeps {
  readonly stripe: HandleStripeEventDeps['stripe'] &
    Pick<StripeGateway, 'pageOfEvents' | 'pageOfSubscriptions' | 'customersNamed'>;
  readonly stripeEvents: HandleStripeEventDeps['stripeEvents'] &
    Pick<StripeEventStore, 'done' | 'cursor' | 'saveCursor'>;
  readonly subscriptions: HandleStripeEventDeps['subscriptions'] &
    Pick<SubscriptionStore, 'readMany' | 'usersOf'>;
  readonly accounts: HandleStripeEventDeps['accounts'] & Pick<AccountStore, 'subscriptionVersions'>;
  readonly sleep: (ms: number) => Promise<void>;
}
