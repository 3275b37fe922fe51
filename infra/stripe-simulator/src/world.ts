import type Stripe from 'stripe';
import type { CheckoutPlan } from './checkout.ts';
import { Collection } from './collection.ts';
import type { Delivery } from './deliveries.ts';
import type { IdempotencyEntry } from './idempotency.ts';
import { Ids } from './ids.ts';
import { SeededRandom } from './seeded-random.ts';
import type { SimulatorSettings } from './settings.ts';
import type * as Stored from './stored-objects.ts';
import type { TaskName } from './tasks.ts';
import { type Task, Timeline } from './timeline.ts';

/** Whether the bank lets a card pay. */
export type CardBehaviour = 'works' | 'declines';

const AUTOMATIC: Stripe.Event.Request = { id: null, idempotency_key: null };

/**
 * All that one simulated Stripe account holds, in memory. `world-state.ts` saves every field of it that
 * {@link TRANSIENT_FIELDS} does not name.
 */
export class World {
  readonly settings: SimulatorSettings;
  readonly ids: Ids;
  /** Apart from the other ids, so that reading does not change the ids of the next objects. */
  readonly requestIds: Ids;
  /** The time of all that belongs to no test clock. */
  readonly main: Timeline<TaskName>;
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
  /** By invoice: all its lines. The invoice itself contains the first ten. */
  readonly invoiceLines = new Map<string, readonly Stripe.InvoiceLineItem[]>();
  readonly coupons = new Collection<Stripe.Coupon>();
  readonly discounts = new Collection<Stored.StoredDiscount>();
  readonly invoicePayments = new Collection<Stored.StoredInvoicePayment>(({ invoice }) => invoice);
  readonly checkoutSessions = new Collection<Stored.StoredCheckoutSession>();
  /** By session: what it creates when it is paid, and its line items once they were asked for. */
  readonly checkoutPlans = new Map<string, CheckoutPlan>();
  readonly lineItems = new Map<string, Stripe.ApiList<Stripe.LineItem>>();
  readonly portalSessions = new Collection<Stored.StoredPortalSession>();
  readonly events = new Collection<Stored.StoredEvent>();
  readonly webhookEndpoints = new Collection<Stored.StoredWebhookEndpoint>();
  /** By endpoint: the secrets that sign, the newest first. */
  readonly webhookSecrets = new Map<string, readonly string[]>();
  /** Deliveries to be made now, in order. */
  readonly waitingDeliveries: Delivery[] = [];
  readonly deliveriesUnderWay = new Map<string, Delivery>();
  deliveriesMade = 0;
  /** Deliveries to be made later, by id: delayed ones, and retries. */
  readonly laterDeliveries = new Map<string, Delivery>();
  readonly idempotencyKeys = new Map<string, IdempotencyEntry>();
  readonly testClocks = new Collection<Stored.StoredTestClock>();
  readonly testTimelines = new Map<string, Timeline<TaskName>>();
  portalConfiguration: string;
  readonly #runTask: (task: Task<TaskName>) => void;

  /** Where the pages are. */
  baseUrl = 'http://127.0.0.1';
  /** The call that is being served, as its events name it; nobody's when the clock did it. */
  request: Stripe.Event.Request = AUTOMATIC;
  onEvent: (event: Stored.StoredEvent) => void = () => {};
  /** Gets the id of a later delivery that is due. */
  onDeliveryDue: (id: string) => void = () => {};
  /** Called when something has changed that no call did: a task, or the outcome of a delivery. */
  onChange: () => void = () => {};
  /** While true, nothing is recorded. */
  isQuiet = false;

  /**
   * @param now seconds
   * @param runTask executes a planned task that is due
   */
  constructor(
    settings: SimulatorSettings,
    now: () => number,
    runTask: (world: World, task: Task<TaskName>) => void,
  ) {
    this.settings = settings;
    this.ids = new Ids(new SeededRandom(settings.seed));
    this.requestIds = new Ids(new SeededRandom(settings.seed + 1));
    this.#runTask = (task) => runTask(this, task);
    this.main = new Timeline(now, this.#runTask);
    this.portalConfiguration = this.ids.long('portalConfiguration', now());
  }

  /** Creates the timeline of a test clock. */
  addTestTimeline(clock: Stored.StoredTestClock): Timeline<TaskName> {
    const timeline = new Timeline<TaskName>(() => clock.frozen_time, this.#runTask);
    this.testTimelines.set(clock.id, timeline);
    return timeline;
  }

  /** The clock that a customer lives by: a test clock, or the simulator's own. */
  timelineOf({ test_clock }: { readonly test_clock: string | null }): Timeline<TaskName> {
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
