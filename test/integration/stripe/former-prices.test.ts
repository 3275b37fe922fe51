import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { subscriptionKey } from '../../../shared/adapters/dynamodb/keys.ts';
import { PlanStore } from '../../../shared/adapters/dynamodb/plan-store.ts';
import { putPlan } from '../../../shared/usecases/plans/put-plan.ts';
import { restorePlan } from '../../../shared/usecases/plans/restore-plan.ts';
import { consume } from '../../../shared/usecases/quota/consume.ts';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { createCheckoutSession } from '../../../shared/usecases/subscriptions/create-checkout-session.ts';
import { syncSubscriptions } from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { accountOf, DAY_MS, useStripeServices } from '../../support/stripe-service.ts';

type Edit = Record<string, string> | null;

describe('a price that its plan no longer names', () => {
  const open = useStripeServices();

  /** A user who subscribes to the price of a plan, and functions to edit plans. */
  const withSubscriber = async () => {
    const world = await open();
    const { deps, prices } = world;
    const table = { client: deps.table.documentClient, name: deps.table.tableName };
    const plans = new PlanStore(table, deps.now);
    const service = { ...deps, plans, planCache: { put: async () => true } };
    const [planId, rivalId, userId] = ['plan', 'rival', 'user'].map((word) => `${word}-${randomUUID()}`);
    if (!planId || !rivalId || !userId) throw new Error('three ids were made');
    const edit = (id: string, limit: number, named?: Edit) => {
      const allowance = { feature: 'aiRequest', limit, interval: 'billing_cycle', enforced: true } as const;
      return putPlan(service, id, { name: id, allowances: [allowance], prices: named });
    };
    await edit(planId, 700, { monthly: prices.monthly });
    const customer = await world.customer(userId);
    const subscription = await world.subscribe(customer, 'monthly');
    const converge = () => convergeSubscription(service, { subscriptionId: subscription.id });
    await converge();
    await consume(deps, { userId, amounts: new Map([['aiRequest', 200]]) });
    const readState = async () => {
      const { plan, counters } = await accountOf(world, userId);
      const saved = await deps.subscriptions.read(userId);
      const [{ limit, used } = {}] = counters.get('aiRequest') ?? [];
      return { planId: plan.id, subscribed: saved?.planId, status: saved?.status, limit, used };
    };
    return {
      world,
      service,
      ids: { planId, rivalId, userId, customer, subscriptionId: subscription.id },
      edit,
      readState,
      converge,
      sync: (force: boolean) => syncSubscriptions(service, { force, mayContinue: () => true }),
      syncUser: () => syncSubscriptions(service, { userId, mayContinue: () => true }),
      restore: (version: number) => restorePlan(service, planId, version),
      checkout: (price: string, user = `new-${userId}`) =>
        createCheckoutSession(service, {
          userId: user,
          planId,
          price,
          successUrl: 'https://app.example.com/yes',
          cancelUrl: 'https://app.example.com/no',
        }),
    };
  };

  it.each([
    ['replaced', (other: string): Edit => ({ monthly: other })],
    ['removed', (): Edit => null],
  ])('and that was %s keeps its present subscribers on the plan', async (_, named) => {
    const { world, service, ids, edit, readState, converge, sync, syncUser, checkout } =
      await withSubscriber();
    const before = await readState();
    expect(before).toMatchObject({ planId: ids.planId, status: 'ACTIVE', limit: 700, used: 200 });
    expect(await edit(ids.planId, 700, named(world.prices.dearer))).toMatchObject({ code: 'changed' });
    const looks = [
      converge,
      () => sync(false),
      () => sync(true),
      syncUser,
      async () => {
        await world.stripe.subscriptions.update(world.simulator.subscriptions()[0]?.id ?? '', {
          metadata: { userId: ids.userId, note: 'an event' },
        });
        await world.simulator.control.deliver(world.simulator.control.pendingDeliveries());
        await converge();
      },
    ];
    for (const look of looks) {
      await look();
      expect(await readState()).toEqual(before);
    }
    // It renews as before.
    await world.advance(30 * DAY_MS);
    await converge();
    expect(await readState()).toMatchObject({ planId: ids.planId, status: 'ACTIVE', limit: 700, used: 0 });
    // A second subscription is refused as before, and the price is no longer sold.
    expect(await checkout('monthly', ids.userId)).toMatchObject({
      code: named('') ? 'already_subscribed' : 'unknown_price',
    });
    const { plans } = service;
    expect(Object.values((await plans.newest(ids.planId))?.prices ?? {})).not.toContain(world.prices.monthly);
  });

  it('belongs to the plan that takes it, and its subscribers move to that plan', async () => {
    const { world, ids, edit, readState, sync, restore } = await withSubscriber();
    const { monthly } = world.prices;
    expect(await edit(ids.rivalId, 900, { monthly })).toMatchObject({
      code: 'price_taken',
      planId: ids.planId,
    });
    await edit(ids.planId, 700, null);
    expect(await edit(ids.rivalId, 900, { monthly })).toMatchObject({ code: 'created' });
    await sync(true);
    expect(await readState()).toMatchObject({
      planId: ids.rivalId,
      subscribed: ids.rivalId,
      limit: 900,
      used: 200,
    });
    expect(await restore(1)).toEqual({ code: 'price_taken', priceId: monthly, planId: ids.rivalId });
    // Given up by the second plan, it stays that plan's until the first takes it back.
    await edit(ids.rivalId, 900, null);
    await sync(true);
    expect(await readState()).toMatchObject({ planId: ids.rivalId });
    expect(await restore(1)).toMatchObject({ code: 'changed' });
    await sync(true);
    expect(await readState()).toMatchObject({ planId: ids.planId, limit: 700, used: 200 });
  });

  it('decides which plan a payment before a failure bought, without an event', async () => {
    const { world, service, ids, edit, readState, converge, sync } = await withSubscriber();
    const { monthly, dearer } = world.prices;
    await edit(ids.rivalId, 900, { monthly: dearer });
    world.simulator.control.setCard(ids.customer, 'declines');
    await world.changePrice(ids.subscriptionId, 'dearer');
    await converge();
    const inGrace = { status: 'PAST_DUE', subscribed: ids.rivalId, used: 200 };
    expect(await readState()).toMatchObject({ ...inGrace, planId: ids.planId, limit: 700 });
    const saved = await world.deps.subscriptions.read(ids.userId);
    expect(saved?.invoicedPlans).toEqual({ [monthly]: ids.planId });
    expect(await sync(true)).toMatchObject({ changed: 0 });

    await edit(ids.planId, 700, null);
    await edit(ids.rivalId, 900, { monthly: dearer, former: monthly });
    expect(await sync(true)).toMatchObject({ changed: 1, failed: 0 });
    expect(await readState()).toMatchObject({ ...inGrace, planId: ids.rivalId, limit: 900 });
    expect(await sync(true)).toMatchObject({ changed: 0 });

    // Subscriptions that were saved without those plans are not saved again for them.
    await service.table.documentClient.send(
      new UpdateCommand({
        TableName: service.table.tableName,
        Key: subscriptionKey(ids.userId),
        UpdateExpression: 'REMOVE subscription.invoicedPlans',
      }),
    );
    await converge();
    expect(await sync(true)).toMatchObject({ changed: 0 });
    expect((await world.deps.subscriptions.read(ids.userId))?.version).toBe((saved?.version ?? 0) + 1);
  });

  it('is named again by a restored version, and then no other plan can take it', async () => {
    const { world, ids, edit, readState, sync, restore, checkout } = await withSubscriber();
    const { monthly } = world.prices;
    await edit(ids.planId, 700, null);
    expect(await restore(1)).toMatchObject({ code: 'changed', plan: { version: 3, prices: { monthly } } });
    expect(await edit(ids.rivalId, 900, { monthly })).toMatchObject({ code: 'price_taken' });
    await sync(true);
    expect(await readState()).toMatchObject({ planId: ids.planId, limit: 700 });
    expect(await checkout('monthly')).toMatchObject({ code: 'created' });
  });

  it('goes to one of several plans that take it at once', async () => {
    const { world, ids, edit } = await withSubscriber();
    const { monthly } = world.prices;
    await edit(ids.planId, 700, null);
    const takers = [1, 2, 3].map((number) => edit(`${ids.rivalId}-${number}`, 900, { monthly }));
    const codes = (await Promise.all(takers)).map(({ code }) => code);
    expect(codes.sort()).toEqual(['created', 'price_taken', 'price_taken']);
  });
});
