import type Stripe from 'stripe';
import { SeededRandom } from '../time/seeded-random.ts';
import { type Task, Timeline } from '../time/timeline.ts';
import { Collection } from './collection.ts';
import { Ids } from './ids.ts';
import type { CardBehaviour, Delivery, IdempotencyEntry, TaskName } from './pending-work.ts';
import type { SimulatorSettings } from './settings.ts';
import type * as Stored from './stored-objects.ts';
import type { CheckoutOrder } from './subscription-request.ts';

const AUTOMATIC: Stripe.Event.Request = { id: null, idempotency_key: null };

/**
 * The state of one simulated Stripe account, in memory. `world-state.ts` saves every field that its {@link
 * TRANSIENT_FIELDS} does not name.
 */
export class World {
  readonly settings: SimulatorSettings;
  readonly ids: Ids;
  /** Separate from the other ids, so that reading does not change the ids of the next objects. */
  readonly requestIds: Ids;
  /** The clock and the tasks scheduled on it. */
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
  /** By subscription: proration lines for its next invoice. */
  readonly pendingLines = new Map<string, Stripe.InvoiceLineItem[]>();
  /** By invoice: all its lines. The invoice itself contains the first ten. */
  readonly invoiceLines = new Map<string, readonly Stripe.InvoiceLineItem[]>();
  readonly coupons = new Collection<Stripe.Coupon>();
  readonly discounts = new Collection<Stored.StoredDiscount>();
  readonly invoicePayments = new Collection<Stored.StoredInvoicePayment>(({ invoice }) => invoice);
  readonly checkoutSessions = new Collection<Stored.StoredCheckoutSession>();
  /** By session: the subscription to create when it is paid, and its line items once they were read. */
  readonly checkoutPlans = new Map<string, CheckoutOrder>();
  readonly lineItems = new Map<string, Stripe.ApiList<Stripe.LineItem>>();
  readonly portalSessions = new Collection<Stored.StoredPortalSession>();
  readonly events = new Collection<Stored.StoredEvent>();
  readonly webhookEndpoints = new Collection<Stored.StoredWebhookEndpoint>();
  /** By endpoint: its signing secrets, newest first. */
  readonly webhookSecrets = new Map<string, readonly string[]>();
  /** Deliveries due now, in order. */
  readonly waitingDeliveries: Delivery[] = [];
  readonly deliveriesUnderWay = new Map<string, Delivery>();
  deliveriesMade = 0;
  /** By id: deliveries due later, i.e. delayed ones and retries. */
  readonly laterDeliveries = new Map<string, Delivery>();
  readonly idempotencyKeys = new Map<string, IdempotencyEntry>();
  portalConfiguration: string;

  /** Base of the hosted pages' URLs. */
  baseUrl = 'http://127.0.0.1';
  /** The current call, as its events name it; no ids while a task runs. */
  request: Stripe.Event.Request = AUTOMATIC;
  onEvent: (event: Stored.StoredEvent) => void = () => {};
  /** Receives the id of a later delivery that is due. */
  onDeliveryDue: (id: string) => void = () => {};
  /** Called after a change that no call made: a task, or the outcome of a delivery. */
  onChange: () => void = () => {};
  /** While true, no event is recorded. */
  isQuiet = false;

  /**
   * @param now seconds
   * @param runTask executes a scheduled task that is due
   */
  constructor(
    settings: SimulatorSettings,
    now: () => number,
    runTask: (world: World, task: Task<TaskName>) => void,
  ) {
    this.settings = settings;
    this.ids = new Ids(new SeededRandom(settings.seed));
    this.requestIds = new Ids(new SeededRandom(settings.seed + 1));
    this.main = new Timeline(now, (task) => runTask(this, task));
    this.portalConfiguration = this.ids.long('portalConfiguration', now());
  }

  /** Runs something that no API call requested: its events name no request. */
  automatically<Result>(run: () => Result): Result {
    return this.onBehalfOf(AUTOMATIC, run);
  }

  /** Runs something without recording events. */
  quietly<Result>(run: () => Result): Result {
    this.isQuiet = true;
    try {
      return run();
    } finally {
      this.isQuiet = false;
    }
  }

  /** Runs something for an API call: its events name the call. */
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
