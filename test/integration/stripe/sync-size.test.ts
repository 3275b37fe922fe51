import { writeFileSync } from 'node:fs';
import { BatchWriteCommand, DeleteCommand } from '@aws-sdk/lib-dynamodb';
import pLimit from 'p-limit';
import type { StoredSubscription } from 'stripe-simulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toAccountItem } from '../../../shared/adapters/dynamodb/account-codec.ts';
import { customersKey, stripeMapKey, subscriptionKey } from '../../../shared/adapters/dynamodb/keys.ts';
import type { Change } from '../../../shared/domain/account.ts';
import { nextVersion } from '../../../shared/domain/next-version.ts';
import { mintOperationId } from '../../../shared/domain/operation.ts';
import { openAccount } from '../../../shared/domain/plan.ts';
import { applySubscription } from '../../../shared/domain/subscriptions/apply-subscription.ts';
import { toState } from '../../../shared/domain/subscriptions/stripe-subscription.ts';
import { entitlement, type Subscription } from '../../../shared/domain/subscriptions/subscription.ts';
import { syncSubscriptions } from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { createServiceWithPaidPlans } from '../../support/paid-plans.ts';
import { createStripeService, type StripeService } from '../../support/stripe-service.ts';

/** 10,000 by `npm run bench:sync`. */
const COUNT = Number(process.env.SYNC_SUBSCRIPTIONS ?? 1_000);
const PAGE_SIZE = 100;
/** 110 for 10,000. */
const MAX_LIST_CALLS = Math.ceil(COUNT / PAGE_SIZE) + 10;
const HOUR_MS = 3_600_000;
const BATCH_SIZE = 25;

let world: StripeService;
beforeAll(async () => {
  world = await createStripeService(await createServiceWithPaidPlans());
});
afterAll(() => world.deps.table.drop());

/** The saves of a convergence per subscription, in batches instead. */
async function saveAll(subscriptions: readonly StoredSubscription[]): Promise<void> {
  const plan = await world.deps.plans.newest('pro');
  const free = await world.deps.plans.newest('free');
  if (!plan || !free) throw new Error('there are no plans');
  const planOfPrice = new Map([[world.prices.monthly, plan.id]]);
  const items = subscriptions.flatMap((listed) => {
    const userId = listed.metadata.userId ?? '';
    const state = toState({ ...listed, invoices: invoicesOf(listed.id) }, planOfPrice);
    const subscription: Subscription = { ...state, userId, version: 1, savedAt: world.deps.now() };
    const entitled = entitlement(state, world.deps.now(), free.id);
    const opened = openAccount(userId, free, world.deps.now());
    const draft = applySubscription(opened, subscription, plan, entitled, world.deps.now());
    if (!draft) throw new Error('the account does not follow');
    return [
      { ...subscriptionKey(userId), version: 1, announced: 1, subscription },
      { ...stripeMapKey(state.customerId), userId },
      { ...stripeMapKey(state.subscriptionId), userId },
      { ...customersKey(userId), customerIds: [state.customerId] },
      { ...toAccountItem(nextVersion(draft, planChange(world.deps.now()))) },
    ];
  });
  const { documentClient, tableName } = world.deps.table;
  const limit = pLimit(8);
  const batches = Array.from({ length: Math.ceil(items.length / BATCH_SIZE) }, (_, index) =>
    items.slice(index * BATCH_SIZE, (index + 1) * BATCH_SIZE),
  );
  await Promise.all(
    batches.map((batch) =>
      limit(async () => {
        const requests = batch.map((Item) => ({ PutRequest: { Item } }));
        const command = new BatchWriteCommand({ RequestItems: { [tableName]: requests } });
        const { UnprocessedItems = {} } = await documentClient.send(command);
        expect(UnprocessedItems).toEqual({});
      }),
    ),
  );
}

const planChange = (at: number): Change => ({
  kind: 'plan',
  operationId: mintOperationId(at),
  keyed: false,
  fingerprint: 'seeded',
  at,
  amounts: new Map(),
});

/** As the gateway attaches them. */
const invoicesOf = (subscriptionId: string) =>
  world.simulator
    .invoices()
    .filter(({ parent }) => parent?.subscription_details?.subscription === subscriptionId);

const listCalls = () => world.simulator.control.calls().filter(({ method }) => method === 'GET').length;

async function measured(force: boolean) {
  world.simulator.control.forgetCalls();
  const startedAt = performance.now();
  const counts = await syncSubscriptions(world.deps, { force, mayContinue: () => true });
  return { ...counts, listCalls: listCalls(), seconds: (performance.now() - startedAt) / 1_000 };
}

test(
  `a full sync of ${COUNT} unchanged subscriptions makes at most ${MAX_LIST_CALLS} list calls, an hourly one 2`,
  async () => {
    const seeded = world.simulator.control.seedSubscriptions({
      count: COUNT,
      price: world.prices.monthly,
      metadata: (index) => ({ userId: `size-${index}` }),
    });
    await saveAll(seeded);
    const full = await measured(true);
    expect(full).toMatchObject({ checked: COUNT, changed: 0, drifted: 0, failed: 0, complete: true });
    expect(full.listCalls).toBeLessThanOrEqual(MAX_LIST_CALLS);

    await world.advance(HOUR_MS);
    const hourly = await measured(false);
    expect(hourly).toMatchObject({ checked: 0, changed: 0, complete: true });
    expect(hourly.listCalls).toBeLessThanOrEqual(2);

    // Proof that it compares: one is missing here, and no event names it.
    const { documentClient, tableName: TableName } = world.deps.table;
    await documentClient.send(new DeleteCommand({ TableName, Key: subscriptionKey(`size-${COUNT >> 1}`) }));
    expect(await measured(true)).toMatchObject({ checked: COUNT, changed: 1, drifted: 1, complete: true });

    const { SYNC_REPORT: report } = process.env;
    if (report) writeFileSync(report, JSON.stringify({ full, hourly }));
  },
  Math.max(60_000, COUNT * 60),
);
