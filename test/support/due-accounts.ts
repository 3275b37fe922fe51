import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { toAccountItem } from '../../shared/adapters/dynamodb/account-codec.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { PlanStore } from '../../shared/adapters/dynamodb/plan-store.ts';
import type { Account } from '../../shared/domain/account.ts';
import { advance } from '../../shared/domain/advance.ts';
import { nextVersion } from '../../shared/domain/next-version.ts';
import type { Plan } from '../../shared/domain/plan.ts';
import { SAMPLE_NOW, samplePlan } from './sample-account.ts';
import { typicalAccount } from './typical-account.ts';

const FEATURES = ['aiRequest', 'upload', 'storage', 'exportedPage'];
const PLAN: Plan = samplePlan(
  FEATURES.map((feature) => ({
    feature,
    limit: 987_654,
    interval: feature === 'storage' ? 'never' : 'month',
  })),
);
/** The operations that the projector leaves in an idle account. */
const OPERATIONS = 8;
const BATCH = 25;

/** End of the accounts' month (epoch ms). */
export const DUE_AT = Date.UTC(2033, 5, 1);

/** A typical account of the previous month, with usage of every feature. */
export function dueAccount(userId: string): Account {
  const account = typicalAccount(userId, SAMPLE_NOW);
  return { ...account, operations: new Map([...account.operations].slice(-OPERATIONS)) };
}

/** The account as the reset saves it. */
export function resetAccount(account: Account, now: number): Account {
  const amounts = new Map<string, number>();
  const change = { kind: 'rollover', operationId: `op_${'0'.repeat(26)}`, keyed: false } as const;
  return nextVersion(advance(account, PLAN, now), { ...change, fingerprint: 'aaaaaa', at: now, amounts });
}

export const userOf = (index: number) => `user-${String(index).padStart(8, '0')}`;

/** Writes the plan and the accounts of users `from` … `from + count − 1`. */
export async function seedDueAccounts(table: Table, from: number, count: number): Promise<void> {
  await new PlanStore(table, () => SAMPLE_NOW).saveVersion(PLAN);
  const batches = Math.ceil(count / BATCH);
  const queue = Array.from({ length: batches }, (_, batch) => from + batch * BATCH).values();
  const worker = async () => {
    for (const first of queue) {
      const size = Math.min(BATCH, from + count - first);
      const items = Array.from({ length: size }, (_, index) =>
        toAccountItem(dueAccount(userOf(first + index))),
      );
      let requests = items.map((Item) => ({ PutRequest: { Item } }));
      while (requests.length > 0) {
        const command = new BatchWriteCommand({ RequestItems: { [table.name]: requests } });
        const { UnprocessedItems } = await table.client.send(command);
        requests = (UnprocessedItems?.[table.name] ?? []) as typeof requests; // a part of what was sent
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
