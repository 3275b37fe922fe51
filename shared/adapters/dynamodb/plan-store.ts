import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { PARTITIONS } from '../../contract.ts';
import type { Plan } from '../../domain/plan.ts';
import { batchGet } from './batch-get.ts';
import { attempt, type Table } from './dynamodb.ts';
import { currentPlanKey, planListKey, planVersionKey, priceKey } from './keys.ts';
import { PROBE_PLAN } from './probe-plan.ts';
import { queryAll } from './query-all.ts';
import { type RecordPage, readPage } from './record-page.ts';

/** How long a function's cache may answer for a plan. Limits are never decided by it, only adopted. */
const MEMORY_MS = 1_000;

/** Another plan names one of the prices: a price buys one plan. */
export interface PriceTaken {
  readonly code: 'price_taken';
  readonly priceId: string;
  /** The plan that names it. */
  readonly planId: string;
}

/** A plan's newest version, if any, and the time of the read (epoch ms). */
export interface RecentPlan {
  readonly plan: Plan | undefined;
  readonly asOf: number;
}

/** Plans and all their versions, and the plan of each Stripe price. */
export class PlanStore {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #memory = new Map<string, { plan: Promise<Plan | undefined>; asOf: number }>();

  constructor(table: Table, now: () => number) {
    this.#table = table;
    this.#now = now;
  }

  /** A plan's newest version, at most 1 s old. */
  async current(planId: string): Promise<Plan | undefined> {
    return (await this.recent(planId)).plan;
  }

  /** As `current`, with the time of the read (epoch ms). Concurrent calls share one read. */
  async recent(planId: string): Promise<RecentPlan> {
    const now = this.#now();
    const remembered = this.#memory.get(planId);
    const ageMs = now - (remembered?.asOf ?? 0);
    // A negative age: the clock was set back.
    const isUsable = remembered && ageMs >= 0 && ageMs < MEMORY_MS;
    const reading = isUsable ? remembered : { plan: this.newest(planId), asOf: now };
    this.#memory.set(planId, reading);
    const forget = () => {
      if (this.#memory.get(planId) === reading) this.#memory.delete(planId);
    };
    try {
      const plan = await reading.plan;
      if (!plan) forget();
      return { plan, asOf: reading.asOf };
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** A plan's current newest version in the table; that of probes is part of the release. */
  async newest(planId: string): Promise<Plan | undefined> {
    if (planId === PROBE_PLAN.id) return PROBE_PLAN;
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: currentPlanKey(planId),
      ConsistentRead: true,
    });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item && toPlan(Item);
  }

  /** The newest version of every plan, by id: the complete catalogue. */
  async list(): Promise<Plan[]> {
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': PARTITIONS.planList },
    });
    return items.map(toPlan);
  }

  /** A page of the newest versions of the plans, by id. Consistent. */
  async page(limit: number, after?: string): Promise<RecordPage<Plan>> {
    const asked = { pk: PARTITIONS.planList, prefix: '', limit, after, order: 'ascending' } as const;
    return readPage(this.#table, asked, toPlan);
  }

  /** All versions of a plan. */
  async versions(planId: string): Promise<Plan[]> {
    const { pk, sk } = planVersionKey(planId, 0);
    const items = await queryAll(this.#table, {
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :version)',
      ExpressionAttributeValues: { ':pk': pk, ':version': sk.slice(0, -1) },
    });
    return items.map(toPlan);
  }

  /** One version of a plan. Versions are never changed. */
  async version(planId: string, version: number): Promise<Plan | undefined> {
    const [item] = await batchGet(this.#table, [planVersionKey(planId, version)], { consistent: true });
    return item && toPlan(item);
  }

  /**
   * A page of a plan's versions, the newest first, from version `from` downwards; `next` is where the
   * following page begins. `undefined`: unknown plan. Consistent.
   */
  async versionPage(
    planId: string,
    limit: number,
    from = Number.POSITIVE_INFINITY,
  ): Promise<RecordPage<Plan> | undefined> {
    const newest = await this.newest(planId);
    if (!newest) return undefined;
    // Versions are numbered without a gap; their sort keys are not padded, so a query would not have them in
    // order.
    const first = Math.min(from, newest.version);
    const count = Math.min(limit, first);
    const keys = Array.from({ length: count }, (_, index) => planVersionKey(planId, first - index));
    const items = await batchGet(this.#table, keys, { consistent: true });
    const plans = items.map(toPlan).sort((a, b) => b.version - a.version);
    return { items: plans, next: first > count ? String(first - count) : undefined };
  }

  /**
   * The plans that the prices buy, by price. A price that is absent belongs to no plan. One that its plan no
   * longer names stays that plan's, for its subscriptions, until another plan names it.
   */
  async planOfPrices(priceIds: readonly string[]): Promise<Map<string, string>> {
    const items = await batchGet(this.#table, priceIds.map(priceKey), { consistent: true });
    return new Map(items.map(({ priceId, planId }) => [String(priceId), String(planId)]));
  }

  /**
   * Saves a plan's next version, with its prices; `false` if another writer saved that version first.
   *
   * @param previous the version before: those of its prices that this one lacks are free for other plans
   */
  async saveVersion(plan: Plan, previous?: Plan): Promise<boolean | PriceTaken> {
    const put = (key: { pk: string; sk: string }, condition?: string) => ({
      Put: {
        TableName: this.#table.name,
        Item: { ...key, plan },
        ...(condition && { ConditionExpression: condition }),
      },
    });
    const command = new TransactWriteCommand({
      TransactItems: [
        put(planVersionKey(plan.id, plan.version), 'attribute_not_exists(pk)'),
        put(currentPlanKey(plan.id)),
        put(planListKey(plan.id)),
        ...this.#priceWrites(plan, previous),
      ],
    });
    try {
      await attempt(() => this.#table.client.send(command));
    } catch (error) {
      if (error instanceof TransactionCanceledException) return priceTaken(error, plan.id) ?? false;
      throw error;
    }
    this.#memory.delete(plan.id);
    return true;
  }

  #priceWrites(plan: Plan, previous?: Plan) {
    const prices = new Set(Object.values(plan.prices ?? {}));
    const former = new Set(Object.values(previous?.prices ?? {}).filter((priceId) => !prices.has(priceId)));
    const put = (priceId: string, isFormer: boolean) => ({
      Put: {
        TableName: this.#table.name,
        Item: { ...priceKey(priceId), priceId, planId: plan.id, ...(isFormer && { isFormer }) },
        ConditionExpression: 'attribute_not_exists(pk) OR planId = :own OR isFormer = :former',
        ExpressionAttributeValues: { ':own': plan.id, ':former': true },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
      },
    });
    return [
      ...[...prices].map((priceId) => put(priceId, false)),
      ...[...former].map((priceId) => put(priceId, true)),
    ];
  }
}

/** The first price that another plan names. */
function priceTaken(error: TransactionCanceledException, ownId: string): PriceTaken | undefined {
  for (const { Item } of error.CancellationReasons ?? []) {
    const [priceId, planId] = [Item?.priceId?.S, Item?.planId?.S];
    if (priceId && planId && planId !== ownId) return { code: 'price_taken', priceId, planId };
  }
  return undefined;
}

function toPlan(item: Record<string, unknown>): Plan {
  return item.plan as Plan; // written by `saveVersion` alone
}
