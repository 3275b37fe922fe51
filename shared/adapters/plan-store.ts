import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Plan } from '../domain/plan.ts';
import { attempt, type Table } from './dynamodb.ts';
import { currentPlanKey, PLAN_LIST_PARTITION, planListKey, planVersionKey } from './keys.ts';

/** How long a function's own memory may answer for a plan. Limits are never decided by it, only adopted. */
const MEMORY_MS = 1_000;

/** Plans and all their versions. */
export class PlanStore {
  readonly #table: Table;
  readonly #now: () => number;
  readonly #memory = new Map<string, { plan: Plan; readAt: number }>();

  constructor(table: Table, now: () => number) {
    this.#table = table;
    this.#now = now;
  }

  /** A plan's newest version, at most 1 s old. */
  async current(planId: string): Promise<Plan | undefined> {
    const remembered = this.#memory.get(planId);
    const now = this.#now();
    if (remembered && now - remembered.readAt < MEMORY_MS) return remembered.plan;
    const plan = await this.newest(planId);
    if (plan) this.#memory.set(planId, { plan, readAt: now });
    return plan;
  }

  /** A plan's newest version as the table has it now. */
  async newest(planId: string): Promise<Plan | undefined> {
    const command = new GetCommand({
      TableName: this.#table.name,
      Key: currentPlanKey(planId),
      ConsistentRead: true,
    });
    const { Item } = await attempt(() => this.#table.client.send(command));
    return Item && toPlan(Item);
  }

  /** The newest version of every plan, by id. A catalogue is small: one page of a query. */
  async list(): Promise<Plan[]> {
    const command = new QueryCommand({
      TableName: this.#table.name,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': PLAN_LIST_PARTITION },
    });
    const { Items = [] } = await attempt(() => this.#table.client.send(command));
    return Items.map(toPlan);
  }

  /** Saves a plan's next version; `false` when somebody else made that version first. */
  async saveVersion(plan: Plan): Promise<boolean> {
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
      ],
    });
    try {
      await attempt(() => this.#table.client.send(command));
    } catch (error) {
      if (error instanceof TransactionCanceledException) return false;
      throw error;
    }
    this.#memory.delete(plan.id);
    return true;
  }
}

function toPlan(item: Record<string, unknown>): Plan {
  return item.plan as Plan; // written by `saveVersion` alone
}
