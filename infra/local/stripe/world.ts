import type Stripe from 'stripe';
import { Collection } from './collection.ts';
import { Ids } from './ids.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimulatorSettings } from './settings.ts';
import type * as Stored from './stored-objects.ts';
import { Timeline } from './timeline.ts';

/** Whether the bank lets a card pay. */
export type CardBehaviour = 'works' | 'declines';

const AUTOMATIC: Stripe.Event.Request = { id: null, idempotency_key: null };

/** All that one simulated Stripe account holds, in memory. */
export class World {
  readonly settings: SimulatorSettings;
  readonly ids: Ids;
  /** The time of all that belongs to no test clock. */
  readonly main: Timeline;
  readonly customers = new Collection<Stored.StoredCustomer>();
  readonly deletedCustomers = new Set<string>();
  readonly products = new Collection<Stored.StoredProduct>();
  readonly prices = new Collection<Stored.StoredPrice>();
  readonly paymentMethods = new Collection<Stored.StoredPaymentMethod>();
  readonly cards = new Map<string, CardBehaviour>();
  readonly subscriptions = new Collection<Stored.StoredSubscription>(({ customer }) => customer);
  readonly invoices = new Collection<Stored.StoredInvoice>(
    ({ parent }) => parent.subscription_details.subscription,
  );
  /** Proration lines that wait for a subscription's next invoice. */
  readonly pendingLines = new Map<string, Stripe.InvoiceLineItem[]>();
  readonly invoicePayments = new Collection<Stored.StoredInvoicePayment>(({ invoice }) => invoice);
  readonly checkoutSessions = new Collection<Stored.StoredCheckoutSession>();
  readonly portalSessions = new Collection<Stored.StoredPortalSession>();
  readonly events = new Collection<Stored.StoredEvent>();
  readonly webhookEndpoints = new Collection<Stored.StoredWebhookEndpoint>();
  readonly testClocks = new Collection<Stored.StoredTestClock>();
  readonly testTimelines = new Map<string, Timeline>();
  readonly portalConfiguration: string;

  /** Where the pages are. */
  baseUrl = 'http://127.0.0.1';
  /** The call that is being served, as its events name it; nobody's when the clock did it. */
  request: Stripe.Event.Request = AUTOMATIC;
  onEvent: (event: Stored.StoredEvent) => void = () => {};
  /** While true, nothing is recorded. */
  isQuiet = false;

  /** @param now seconds */
  constructor(settings: SimulatorSettings, now: () => number) {
    this.settings = settings;
    this.ids = new Ids(new SeededRandom(settings.seed));
    this.main = new Timeline(now);
    this.portalConfiguration = this.ids.long('portalConfiguration', now());
  }

  /** The clock that a customer lives by: a test clock, or the simulator's own. */
  timelineOf({ test_clock }: { readonly test_clock: string | null }): Timeline {
    return (test_clock !== null ? this.testTimelines.get(test_clock) : undefined) ?? this.main;
  }

  /** Runs something that no call asked for: its events name no request. */
  automatically<Result>(run: () => Result): Result {
    return this.onBehalfOf(AUTOMATIC, run);
  }

  /** Runs something that leaves no events behind. */
  quietly<Result>(run: () => Result): Result {
    this.isQuiet = true;
    try {
      return run();
    } finally {
      this.isQuiet = false;
    }
  }

  onBehalfOf<Result>(request: Stripe.Event.Request, run: () => Result): Result {
    const before = this.request;
    this.request = request;
    try {
      return run();
    } finally {
      this.request = before;
    }
  }
}
