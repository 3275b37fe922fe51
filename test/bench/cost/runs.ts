import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { PROBES } from '../../../shared/contract.ts';
import { DEFAULT_CATALOGUE } from '../../../shared/domain/plan.ts';
import type { AccountChange } from '../../../shared/domain/rollup.ts';
import { projectChanges } from '../../../shared/usecases/ledger/project-changes.ts';
import { check } from '../../../shared/usecases/quota/check.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { type ReserveResult, reserve } from '../../../shared/usecases/quota/reserve.ts';
import { settleReservation } from '../../../shared/usecases/quota/settle-reservation.ts';
import { createBenchTables } from '../../support/bench-table.ts';
import { itemSizeBytes } from '../../support/item-size.ts';
import { nothingPublished, notificationDeps } from '../../support/published.ts';
import { type MeteredRequest, meterRequests } from '../../support/request-meter.ts';
import { uuidV7 } from '../../support/uuid-v7.ts';
import { wire } from '../../support/wiring.ts';

const USERS = 20;
const ROUNDS = 40;
/** Between two calls of a user. */
const STEP_MS = 60_000;
/** Bytes that DynamoDB bills for each item beyond its attributes. */
const ITEM_OVERHEAD_BYTES = 100;

/** A kind of call, on one user. */
export interface Call {
  readonly name: string;
  readonly outcome: string;
  /** Whether the line names an operation. */
  readonly isChange: boolean;
  /** One request after the other; each receives the result of the one before. */
  readonly steps: readonly ((deps: Deps, userId: string, about: About) => Promise<unknown>)[];
}

interface About {
  readonly number: number;
  readonly previous: unknown;
}

/** Of one call, on average. */
export interface Units {
  readonly reads: number;
  readonly writes: number;
  readonly projectorReads: number;
  readonly projectorWrites: number;
  /** Ledger entries: one for each accepted change. */
  readonly entries: number;
  /** Growth of the ledger and the usage. */
  readonly storedBytes: number;
}

type Deps = ReturnType<typeof wire>;

const amounts = new Map([['aiRequest', 1]]);
const TOO_MUCH = new Map([['aiRequest', 1_000_000]]);

export const CALLS: readonly Call[] = [
  {
    name: 'accepted, id minted by the service',
    outcome: 'allowed',
    isChange: true,
    steps: [(deps, userId) => consume(deps, { userId, amounts })],
  },
  {
    name: "accepted, caller's key (UUIDv7)",
    outcome: 'allowed',
    isChange: true,
    steps: [(deps, userId) => consume(deps, { userId, amounts, idempotencyKey: uuidV7(deps.now()) })],
  },
  {
    name: "accepted, caller's key (any text)",
    outcome: 'allowed',
    isChange: true,
    steps: [
      (deps, userId, { number }) => consume(deps, { userId, amounts, idempotencyKey: `order-${number}` }),
    ],
  },
  {
    name: 'denied',
    outcome: 'exceeded',
    isChange: false,
    steps: [(deps, userId) => consume(deps, { userId, amounts: TOO_MUCH })],
  },
  {
    name: 'checked, without Redis',
    outcome: 'allowed',
    isChange: false,
    steps: [(deps, userId) => check(deps, { userId, amounts })],
  },
  {
    name: 'reserved and confirmed',
    outcome: 'allowed',
    isChange: true,
    steps: [
      (deps, userId) => reserve(deps, { userId, amounts, ttlSeconds: 300 }),
      (deps, userId, { previous }) =>
        settleReservation(deps, {
          userId,
          reservationId: (previous as ReserveResult).reservationId,
          amount: 1,
        }), // of the step before
    ],
  },
];

const canaryUse = new Map([[PROBES.features.plentiful, 1]]);

/** A run of the canary. */
export const CANARY: Call = {
  name: 'a run of the canary',
  outcome: 'allowed',
  isChange: true,
  steps: [
    (deps, userId) => check(deps, { userId, amounts: canaryUse, consistent: true }),
    (deps, userId, { number }) =>
      consume(deps, { userId, amounts: canaryUse, idempotencyKey: `run-${number}` }),
  ],
};

const SUMS = { reads: 0, writes: 0, projectorReads: 0, projectorWrites: 0, entries: 0, storedBytes: 0 };

/**
 * Counts the units of every kind of call and of the canary, each on users of its own, by the emulator's
 * `ConsumedCapacity`.
 */
export async function measureCalls(): Promise<{
  readonly calls: Map<Call, Units>;
  readonly canary: Units;
}> {
  const { client, stop } = await createBenchTables('cost');
  try {
    const bench = new CostBench({ client, name: 'cost' }, meterRequests(client));
    await bench.createPlan();
    const calls = new Map<Call, Units>();
    for (const [index, call] of CALLS.entries()) calls.set(call, await bench.measure(call, `user-${index}-`));
    return { calls, canary: await bench.measure(CANARY, PROBES.userPrefix, canaryUse) };
  } finally {
    await stop();
  }
}

class CostBench {
  readonly #table: Parameters<typeof wire>[0];
  readonly #meter: ReturnType<typeof meterRequests>;
  readonly #deps: Deps & ReturnType<typeof notificationDeps>;
  #now = Date.UTC(2033, 4, 10, 6);

  constructor(table: Parameters<typeof wire>[0], meter: ReturnType<typeof meterRequests>) {
    this.#table = table;
    this.#meter = meter;
    this.#deps = {
      ...wire(table, { now: () => this.#now }),
      ...notificationDeps(table, nothingPublished()),
    };
  }

  async createPlan(): Promise<void> {
    const { pro } = DEFAULT_CATALOGUE;
    if (!pro) throw new Error('the catalogue has the plan');
    await this.#deps.plans.saveVersion({ ...pro, id: 'free', version: 1, createdAt: this.#now });
  }

  /** @param first what opens the accounts, uncounted */
  async measure(call: Call, prefix: string, first = amounts): Promise<Units> {
    const userIds = Array.from({ length: USERS }, (_, index) => `${prefix}${index}`);
    for (const userId of userIds) await consume(this.#deps, { userId, amounts: first });
    const sum = { ...SUMS, storedBytes: -(await storedBytes(this.#table)) };
    for (let round = 0; round < ROUNDS; round += 1) await this.#round(call, userIds, round, sum);
    sum.storedBytes += await storedBytes(this.#table);
    const calls = USERS * ROUNDS;
    return {
      reads: sum.reads / calls,
      writes: sum.writes / calls,
      projectorReads: sum.projectorReads / calls,
      projectorWrites: sum.projectorWrites / calls,
      entries: sum.entries / calls,
      storedBytes: sum.storedBytes / calls,
    };
  }

  /** One call of each user, and the projection of every step's changes as one batch. */
  async #round(call: Call, userIds: readonly string[], round: number, sum: typeof SUMS): Promise<void> {
    this.#now += STEP_MS;
    const results = new Map<string, unknown>();
    for (const step of call.steps) {
      const changes: AccountChange[] = [];
      for (const userId of userIds) {
        const before = await this.#account(userId);
        this.#meter.take();
        results.set(userId, await step(this.#deps, userId, { number: round, previous: results.get(userId) }));
        const sent = this.#meter.take();
        sum.reads += units(sent, 'reads');
        sum.writes += units(sent, 'writes');
        const after = await this.#account(userId);
        if (after?.change && after.version !== before?.version)
          changes.push({ before, after: { ...after, change: after.change } });
      }
      this.#meter.take();
      await projectChanges(this.#deps, changes);
      const sent = this.#meter.take();
      sum.projectorReads += units(sent, 'reads');
      sum.projectorWrites += units(sent, 'writes');
      sum.entries += changes.length;
    }
  }

  #account(userId: string) {
    return this.#deps.accounts.read(userId, { consistent: true });
  }
}

const READS = /^(Get|Query|BatchGet|Scan|ExecuteStatement)/;

/** A refused condition is billed a unit, which the emulator does not report. */
function units(sent: readonly MeteredRequest[], kind: 'reads' | 'writes'): number {
  return sent
    .filter(({ command }) => READS.test(command) === (kind === 'reads'))
    .reduce((sum, { units = 1 }) => sum + units, 0);
}

/** Size of the items that stay for ever: ledger entries and usage. */
async function storedBytes({ client, name }: Parameters<typeof wire>[0]): Promise<number> {
  let bytes = 0;
  let start: Record<string, unknown> | undefined;
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({ TableName: name, ...(start && { ExclusiveStartKey: start }) }),
    );
    for (const item of page.Items ?? [])
      if (/^(LEDGER|USAGE)#/.test(String(item.sk)))
        bytes += itemSizeBytes(marshall(item)) + ITEM_OVERHEAD_BYTES;
    start = page.LastEvaluatedKey;
  } while (start);
  return bytes;
}
