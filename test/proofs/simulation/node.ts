import type { ServiceEvent } from '../../../shared/adapters/aws/event-publisher.ts';
import { AlertStore } from '../../../shared/adapters/dynamodb/alert-store.ts';
import { EventOutbox } from '../../../shared/adapters/dynamodb/event-outbox.ts';
import type { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import type { DrainOutboxDeps } from '../../../shared/usecases/alerts/drain-outbox.ts';
import type { ProjectChangesDeps } from '../../../shared/usecases/ledger/project-changes.ts';
import type { PutPlanDeps } from '../../../shared/usecases/plans/put-plan.ts';
import type { SetUserPlanDeps } from '../../../shared/usecases/plans/set-user-plan.ts';
import type { ConsumeDeps } from '../../../shared/usecases/quota/consume.ts';
import type { ReadAccountDeps } from '../../../shared/usecases/quota/read-account.ts';
import type { SettleReservationDeps } from '../../../shared/usecases/quota/settle-reservation.ts';
import type { SweepDueDeps } from '../../../shared/usecases/rollover/sweep-due.ts';
import type { SyncDeps } from '../../../shared/usecases/subscriptions/sync-deps.ts';
import { wire } from '../../support/wiring.ts';
import { publishersOf } from './alerts/publishers.ts';
import type { Chance } from './chance.ts';
import { clientOf, type Network, signalAfter } from './network.ts';
import { NO_NOTIFICATIONS } from './no-notifications.ts';
import type { QuotaCacheModel } from './quota-cache.ts';
import { announcerOf, stripeOf } from './stripe/stripe-port.ts';

/** All dependencies of the use cases. */
export type NodeDeps = ConsumeDeps &
  ReadAccountDeps &
  SetUserPlanDeps &
  SettleReservationDeps &
  PutPlanDeps &
  SweepDueDeps &
  SyncDeps &
  DrainOutboxDeps &
  ProjectChangesDeps & { readonly plans: PlanStore };

/** A node's current task. An environment serves one request at a time. */
export interface Task {
  readonly name: string;
  /** Its owner: an act's mark, or `stream`. */
  readonly group: string;
  readonly chance: Chance;
}

export interface NodeOptions {
  readonly name: string;
  /** How far its clock is ahead of true time, ms. */
  readonly skewMs: number;
  readonly cache: QuotaCacheModel;
  /** A planted bug: alters the dependencies of the use cases. */
  readonly alter?: ((deps: NodeDeps) => NodeDeps) | undefined;
}

const IDLE: Task = {
  name: 'idle',
  group: 'idle',
  get chance(): Chance {
    throw new Error('an idle node sends nothing');
  },
};

/** One Lambda environment: its own clock and caches, one request at a time; it may die at any await. */
export class Node {
  readonly name: string;
  readonly #network: Network;
  readonly #options: NodeOptions;
  #deps: NodeDeps;
  #task = IDLE;
  #life = 0;
  #onDeath: () => void = () => {};
  #frozenTotalMs = 0;
  #frozenUntil = 0;

  constructor(network: Network, options: NodeOptions) {
    this.name = options.name;
    this.#network = network;
    this.#options = options;
    this.#deps = this.#compose();
  }

  get task(): Task {
    return this.#task;
  }

  /** +1 with every death: pending awaits of an earlier life never resolve. */
  get life(): number {
    return this.#life;
  }

  /** How long it has been frozen in all, ms. */
  get frozenTotalMs(): number {
    return this.#frozenTotalMs;
  }

  /** When it resumes (true time, epoch ms); in the past unless it is frozen. */
  get frozenUntil(): number {
    return this.#frozenUntil;
  }

  standStill(ms: number): void {
    this.#frozenTotalMs += ms;
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#network.world.now() + ms);
  }

  get isIdle(): boolean {
    return this.#task === IDLE;
  }

  /** This node's clock: whole milliseconds. */
  now(): number {
    return Math.floor(this.#network.world.now() + this.#options.skewMs);
  }

  /** Runs one task; `died` when the node ended before it did. */
  async run<T>(task: Task, work: (deps: NodeDeps) => Promise<T>): Promise<{ value: T } | 'died'> {
    this.#task = task;
    const death = new Promise<'died'>((resolve) => {
      this.#onDeath = () => resolve('died');
    });
    const life = this.#life;
    try {
      return await Promise.race([work(this.#deps).then((value) => ({ value })), death]);
    } finally {
      if (this.#life === life) this.#task = IDLE;
    }
  }

  /** Ends this environment; another one with the same name and empty caches replaces it. */
  die(): void {
    this.#network.world.trace(() => `${this.name}  dies`);
    this.#life += 1;
    this.#task = IDLE;
    this.#deps = this.#compose();
    this.#onDeath();
  }

  #compose(): NodeDeps {
    const { world, listeners } = this.#network;
    const { cache, alter } = this.#options;
    const life = this.#life;
    const now = () => this.now();
    const table = { client: clientOf(this.#network, this), name: 'table' };
    const clock = {
      now,
      random: () => this.#task.chance.random(),
      sleep: (ms: number) =>
        new Promise<void>((resolve) => {
          world.after(ms, () => {
            if (this.#life === life) resolve();
          });
        }),
    };
    const deps: NodeDeps = {
      ...wire(table, clock),
      ...(listeners
        ? {
            alerts: new AlertStore(table),
            outbox: new EventOutbox<ServiceEvent>(table),
            ...publishersOf(this.#network, this, listeners),
          }
        : NO_NOTIFICATIONS),
      quotaCache: cache.seenFrom(this),
      stripe: stripeOf(this.#network, this),
      announce: announcerOf(this.#network, this),
      // The lock only saves work; correctness does not need it.
      withLock: async () => ({ code: 'unavailable' }),
      signalAfter: (ms) => signalAfter(world, ms),
    };
    return alter ? alter(deps) : deps;
  }
}
