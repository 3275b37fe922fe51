import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from 'stripe-simulator';
import { SeededRandom } from 'stripe-simulator/seeded-random';
import type { SyncCursor } from '../../../shared/adapters/dynamodb/stripe-event-store.ts';
import type { SyncDeps } from '../../../shared/usecases/subscriptions/sync-deps.ts';
import { syncSubscriptions } from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import type { TestService } from '../../support/service.ts';
import { createStripeService, DAY_MS, type StripeService } from '../../support/stripe-service.ts';
import { differencesFromStripe } from './differences-from-stripe.ts';
import { AccountImages, actOnMoney } from './stripe-money.ts';
import { actOnOddMoney } from './stripe-odd-money.ts';

/** The process died: nothing after that happens. */
class Died extends Error {}

export interface HistoryReport {
  /** All faults at the end of the history. */
  readonly faults: readonly string[];
  readonly deaths: number;
  readonly saves: number;
}

const STEPS = 9;

/**
 * A random history of one user at Stripe: they subscribe, change, fail to pay, pay, cancel, resume; events
 * arrive late, twice, reordered or never, several at once; syncs run in between, and processes die between
 * any two of their requests. Then everything stops, one last sync runs, and the result is compared with
 * Stripe.
 */
export async function runHistory(service: TestService, seed: number): Promise<HistoryReport> {
  const history = new History(service, seed);
  await history.run();
  return history.report();
}

class History {
  readonly #service: TestService;
  readonly #seed: number;
  readonly #userId: string;
  readonly #random: SeededRandom;
  /** For money alone: all other draws are the same without it. */
  readonly #money: SeededRandom;
  /** For rare acts about money: all other draws are the same without it. */
  readonly #oddMoney: SeededRandom;
  readonly #images = new AccountImages();
  readonly #faults: string[] = [];
  readonly #customers: string[] = [];
  #world: StripeService | undefined;
  #cursor: SyncCursor | undefined;
  #deaths = 0;
  #saves = 0;
  /** Increases with every read of Stripe: a later read has a larger number. */
  #looks = 0;
  #savedLook = 0;

  constructor(service: TestService, seed: number) {
    this.#service = service;
    this.#seed = seed;
    this.#userId = `history-${seed}`;
    this.#random = new SeededRandom(seed);
    this.#money = new SeededRandom(seed + 7_000_000);
    this.#oddMoney = new SeededRandom(seed + 105_000_000);
  }

  async run(): Promise<void> {
    this.#world = await createStripeService(this.#service, {
      seed: this.#seed + 1_000_000,
      deliveryConditions: {
        seed: this.#seed,
        duplicate: 0.2,
        lose: 0.2,
        delay: 0.2,
        delaySeconds: 3 * 86_400,
      },
      deps: () => this.#process(0.25),
    });
    const world = this.#world;
    this.#customers.push(await world.customer(this.#userId));
    await this.#subscribe();
    for (let step = 0; step < STEPS; step += 1) {
      await this.#step(world);
      await this.#actOnMoney(world);
    }
    // The claims of dead processes have expired.
    await world.advance(60_000);
    for (let round = 0; round < 2; round += 1) {
      const counts = await syncSubscriptions(this.#process(0), { force: true, mayContinue: () => true });
      if (round === 0 && counts.failed > 0) this.#faults.push(`the last sync failed for ${counts.failed}`);
      if (round === 1 && counts.changed > 0) this.#faults.push('a sync after the last one made a change');
    }
  }

  async report(): Promise<HistoryReport> {
    const differences = await differencesFromStripe(this.#here(), this.#userId);
    const unpaid = await this.#images.faults(this.#here());
    const found = [...this.#faults, ...differences, ...unpaid];
    const faults = found.map((fault) => `history ${this.#seed}: ${fault}`);
    return { faults, deaths: this.#deaths, saves: this.#saves };
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#random.below(list.length)];
  }

  #here(): StripeService {
    if (!this.#world) throw new Error('the history was not run');
    return this.#world;
  }

  async #step(world: StripeService): Promise<void> {
    const choice = this.#random.below(20);
    if (choice < 8) await this.#changeAtStripe(world);
    else if (choice < 13) await this.#deliverSome(world);
    else if (choice < 15) await Promise.all([this.#deliverSome(world), this.#changeAtStripe(world)]);
    else if (choice < 18) await world.advance(this.#random.below(20) * DAY_MS + 1_000);
    else await this.#sync();
  }

  async #actOnMoney(world: StripeService): Promise<void> {
    const customer = this.#customers.at(-1);
    if (!customer) return;
    const user = { userId: this.#userId, customer };
    if (this.#oddMoney.chance(0.3)) {
      await actOnOddMoney(world, { ...user, random: this.#oddMoney }).catch(refused);
    }
    if (!this.#money.chance(0.7)) return;
    const deps = { ...world.deps, accounts: this.#images.watched(world.deps.accounts) };
    await actOnMoney({ ...world, deps }, { ...user, random: this.#money }).catch(refused);
  }

  /** Several at once, each in a process of its own, in any order. */
  async #deliverSome({ simulator: { control } }: StripeService): Promise<void> {
    const waiting = [...control.pendingDeliveries()];
    const picked: Delivery[] = [];
    while (waiting.length > 0 && picked.length < 6) {
      picked.push(...waiting.splice(this.#random.below(waiting.length), 1));
    }
    await Promise.all(picked.map((delivery) => control.deliver([delivery])));
  }

  async #sync(): Promise<void> {
    const force = this.#random.chance(0.3);
    const mayContinue = () => !this.#random.chance(0.2);
    await syncSubscriptions(this.#process(0.4), { force, mayContinue }).catch((error) => {
      if (!(error instanceof Died)) throw error;
    });
  }

  async #subscribe(): Promise<void> {
    const { stripe, prices } = this.#here();
    const customer = this.#customers.at(-1);
    if (!customer) return;
    const price = this.#pick([prices.monthly, prices.dearer, prices.yearly, prices.monthly]) ?? '';
    const trial = this.#random.chance(0.2) ? { trial_period_days: 14 } : {};
    const flexible = this.#random.chance(0.5) ? { billing_mode: { type: 'flexible' as const } } : {};
    // As after a checkout: a deleted customer names no user any more.
    const metadata = { userId: this.#userId };
    await stripe.subscriptions
      .create({ customer, items: [{ price }], metadata, ...trial, ...flexible })
      .catch(refused);
  }

  async #changeAtStripe({ simulator, stripe, prices }: StripeService): Promise<void> {
    const subscription = this.#pick(simulator.subscriptions());
    const item = subscription?.items.data[0];
    const customer = this.#customers.at(-1);
    if (!subscription || !item || !customer) return;
    const { id } = subscription;
    const price = this.#pick([prices.monthly, prices.dearer, prices.yearly]) ?? '';
    const actions: (() => Promise<unknown>)[] = [
      () => stripe.subscriptions.update(id, { items: [{ id: item.id, price }] }),
      () => stripe.subscriptions.update(id, { items: [{ id: item.id, price }] }),
      () =>
        stripe.subscriptions.update(id, {
          items: [{ id: item.id, price }],
          proration_behavior: 'always_invoice',
        }),
      () => stripe.subscriptions.update(id, { cancel_at_period_end: true }),
      () => stripe.subscriptions.update(id, { cancel_at_period_end: false }),
      () => stripe.subscriptions.cancel(id),
      () => stripe.subscriptions.pause(id, { type: 'subscription' }),
      () => stripe.subscriptions.resume(id),
      async () => simulator.control.setCard(customer, 'declines'),
      async () => simulator.control.setCard(customer, 'works'),
      () => this.#payOpenInvoice(),
      () => this.#subscribe(),
      () => this.#replaceCustomer(customer),
    ];
    await this.#pick(actions)?.().catch(refused);
  }

  async #payOpenInvoice(): Promise<void> {
    const { simulator, stripe } = this.#here();
    const open = simulator.invoices().find(({ status }) => status === 'open');
    if (open?.id) await stripe.invoices.pay(open.id);
  }

  /** The customer is deleted, and the user gets another one; rare, since it ends all before it. */
  async #replaceCustomer(customer: string): Promise<void> {
    if (!this.#random.chance(0.3)) return;
    const world = this.#here();
    await world.stripe.customers.del(customer);
    this.#customers.push(await world.customer(this.#userId));
  }

  /** A process of its own, which may die before or after any of its requests. */
  #process(chanceOfDeath: number): SyncDeps {
    const { deps } = this.#here();
    const diesAt = this.#random.chance(chanceOfDeath) ? 1 + this.#random.below(14) : Number.POSITIVE_INFINITY;
    const mayChange = chanceOfDeath > 0;
    const takesEffect = this.#random.chance(0.5);
    let requests = 0;
    let look = 0;
    const mortal = async <T>(send: () => Promise<T>): Promise<T> => {
      requests += 1;
      if (requests > diesAt) throw new Died();
      await this.#letOthersBy(mayChange);
      if (requests < diesAt) return send();
      this.#deaths += 1;
      if (takesEffect) await send();
      throw new Died();
    };
    const wrap = <T extends object>(target: T): T =>
      new Proxy(target, {
        get: (_, name) => {
          const value: unknown = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => mortal(async () => value.apply(target, args));
        },
      });
    const subscriptions = wrap(deps.subscriptions);
    const stripe = wrap(deps.stripe);
    const save: typeof deps.subscriptions.save = async (subscription, seen) => {
      const isSaved = await deps.subscriptions.save(subscription, seen);
      if (isSaved) this.#noteSave(look);
      return isSaved;
    };
    const subscriptionsOf = (customerId: string) => {
      this.#looks += 1;
      look = this.#looks;
      return deps.stripe.subscriptionsOf(customerId);
    };
    return {
      ...deps,
      accounts: wrap(this.#images.watched(deps.accounts)),
      stripe: Object.assign(Object.create(stripe), {
        subscriptionsOf: (customerId: string) => mortal(() => subscriptionsOf(customerId)),
      }) as typeof deps.stripe,
      subscriptions: Object.assign(Object.create(subscriptions), {
        save: (...saved: Parameters<typeof save>) => mortal(() => save(...saved)),
      }) as typeof deps.subscriptions,
      // Histories share a table, and each has a Stripe account and so a cursor of its own.
      stripeEvents: Object.assign(Object.create(wrap(deps.stripeEvents)), {
        cursor: async () => this.#cursor,
        saveCursor: async (cursor: SyncCursor) => {
          if (cursor.version !== (this.#cursor?.version ?? 0) + 1) return false;
          this.#cursor = cursor;
          return true;
        },
      }) as typeof deps.stripeEvents,
      announce: (subscription) => mortal(() => deps.announce(subscription)),
    };
  }

  /** Between any two requests other processes run, and Stripe changes. */
  async #letOthersBy(mayChange: boolean): Promise<void> {
    if (this.#random.chance(0.25)) await sleep(this.#random.below(20));
    if (mayChange && this.#random.chance(0.1)) await this.#changeAtStripe(this.#here());
  }

  /** A save must not come from a read earlier than that of the previous save. */
  #noteSave(look: number): void {
    this.#saves += 1;
    if (look < this.#savedLook) this.#faults.push('an older state was saved over a newer one');
    this.#savedLook = Math.max(look, this.#savedLook);
  }
}

/** Stripe refuses a change that is impossible in a subscription's status: it has no effect. */
function refused(error: unknown): void {
  const isRefusal = error instanceof Error && 'type' in error && String(error.type).startsWith('Stripe');
  if (!isRefusal) throw error;
}
