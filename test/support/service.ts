import { expect } from 'vitest';
import type { AccountStore } from '../../shared/adapters/dynamodb/account-store.ts';
import type { AlertStore } from '../../shared/adapters/dynamodb/alert-store.ts';
import type { ArchiveProgress } from '../../shared/adapters/dynamodb/archive-progress.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import type { LedgerStore } from '../../shared/adapters/dynamodb/ledger-store.ts';
import type { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import type { TopIndex } from '../../shared/adapters/dynamodb/top-index.ts';
import type { UsageStore } from '../../shared/adapters/dynamodb/usage-store.ts';
import { type Account, brokenInvariants } from '../../shared/domain/account.ts';
import { ledgerFindings } from '../../shared/domain/ledger-audit.ts';
import type { Allowance, Plan } from '../../shared/domain/plan.ts';
import { type ProjectChangesDeps, projectChanges } from '../../shared/usecases/ledger/project-changes.ts';
import type { SetUserPlanDeps } from '../../shared/usecases/plans/set-user-plan.ts';
import type { ConsumeDeps } from '../../shared/usecases/quota/consume.ts';
import type { ReadAccountDeps } from '../../shared/usecases/quota/read-account.ts';
import type { SweepDueDeps } from '../../shared/usecases/rollover/sweep-due.ts';
import { untilAnswered } from './patient-caller.ts';
import { nothingPublished, notificationDeps, type Published } from './published.ts';
import { StreamTail } from './stream.ts';
import { createTestTable, type TestTable } from './table.ts';
import { type NO_CACHE, wire } from './wiring.ts';

/** A clock set by the test; frozen unless started. */
export class TestClock {
  #offsetMs = 0;
  #frozenAt: number | undefined;

  readonly now = (): number => this.#frozenAt ?? Date.now() + this.#offsetMs;

  /** Stops at an instant (ISO 8601 or epoch ms). */
  freezeAt(instant: string | number): void {
    this.#frozenAt = new Date(instant).getTime();
  }

  advanceMs(ms: number): void {
    if (this.#frozenAt === undefined) this.#offsetMs += ms;
    else this.#frozenAt += ms;
  }
}

/** All dependencies of the use cases, over one fresh table. */
export interface TestService
  extends ConsumeDeps,
    ReadAccountDeps,
    SetUserPlanDeps,
    SweepDueDeps,
    ProjectChangesDeps {
  readonly quotaCache: typeof NO_CACHE;
  readonly usageCache: typeof NO_CACHE;
  readonly accounts: AccountStore;
  readonly alerts: AlertStore;
  readonly archiveProgress: ArchiveProgress;
  readonly ledger: LedgerStore;
  readonly plans: PlanStore;
  readonly usage: UsageStore;
  readonly topIndex: TopIndex;
  readonly clock: TestClock;
  readonly table: TestTable;
  readonly stream: StreamTail;
  /** The events and messages published so far. */
  readonly published: Published;
  /** The same service in another Lambda environment: no shared memory. */
  environment(overrides?: Partial<TestService>): TestService;
  /** The same service after a deployment that uses another table. */
  onTable(table: TestTable): TestService;
  /** An environment whose requests go through another client, such as one that loses answers. */
  over(client: Table['client'], overrides?: Partial<TestService>): TestService;
  createPlan(id: string, allowances: readonly Partial<Allowance>[]): Promise<Plan>;
  account(userId: string): Promise<Account>;
  /** Runs the projector over the whole stream, from the beginning. */
  project(): Promise<void>;
  /**
   * Fails unless every account changed since the last call is consistent and its ledger, once projected, sums
   * up to its balance without a gap.
   */
  expectLedgerToBalance(): Promise<void>;
}

let service: TestService | undefined;

/**
 * A service over a fresh table; its default plan `free` allows 100 aiRequests a month.
 *
 * @param options.stream without a stream there is no ledger to check, and many thousand writes stay fast
 */
export async function createTestService({ stream = true } = {}): Promise<TestService> {
  const table = await createTestTable({ stream });
  const created = compose(
    { table, clock: new TestClock(), stream: new StreamTail(table), published: nothingPublished() },
    { client: table.documentClient, name: table.tableName },
  );
  await created.createPlan('free', [{ feature: 'aiRequest', limit: 100 }]);
  service = created;
  return created;
}

/** The service of the running test file. */
export function currentService(): TestService {
  if (!service) throw new Error('no test service was created');
  return service;
}

type World = Pick<TestService, 'table' | 'clock' | 'stream' | 'published'>;

function compose(world: World, table: Table): TestService {
  const { clock, stream } = world;
  let checked = 0;
  const wiring = wire(table, clock);
  const { ledger, accounts, plans } = wiring;
  const self: TestService = {
    ...wiring,
    ...notificationDeps(table, world.published),
    ...world,
    environment: (overrides = {}) => ({ ...compose(world, table), ...overrides }),
    onTable: (other) =>
      compose(
        { ...world, table: other, stream: new StreamTail(other) },
        { client: other.documentClient, name: other.tableName },
      ),
    over: (client, overrides = {}) => ({ ...compose(world, { ...table, client }), ...overrides }),
    async createPlan(id, allowances) {
      const previous = await plans.newest(id);
      const plan: Plan = {
        id,
        name: id,
        version: (previous?.version ?? 0) + 1,
        createdAt: clock.now(),
        allowances: allowances.map((allowance) => ({
          feature: 'aiRequest',
          limit: 100,
          interval: 'month',
          enforced: true,
          ...allowance,
        })),
      };
      expect(await plans.saveVersion(plan)).toBe(true);
      return plan;
    },
    async account(userId) {
      const account = await accounts.read(userId, { consistent: true });
      if (!account) throw new Error(`no account of ${userId}`);
      return account;
    },
    async project() {
      const projection = await projectChanges(self, await stream.changes());
      expect(projection.broken).toEqual([]);
    },
    async expectLedgerToBalance() {
      const changes = await stream.changes();
      const changed = changes.slice(checked);
      checked = changes.length;
      // Lambda retries a batch that the table rejected.
      const projection = await untilAnswered(() => projectChanges(self, changed));
      expect(projection.broken).toEqual([]);
      for (const userId of new Set(changed.map(({ after }) => after.userId))) {
        const account = await self.account(userId);
        expect(brokenInvariants(account), userId).toEqual([]);
        const [entries, checkpoint] = [await allEntries(ledger, userId), await ledger.checkpoint(userId)];
        expect(ledgerFindings(account, entries, checkpoint, clock.now()), userId).toEqual([]);
      }
    },
  };
  return self;
}

async function allEntries(ledger: LedgerStore, userId: string) {
  const entries = await ledger.newest(userId, 1_000);
  for (;;) {
    const oldest = entries.at(-1);
    if (!oldest || oldest.version <= 1) return entries;
    const page = await ledger.newest(userId, 1_000, oldest.version - 1);
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}
