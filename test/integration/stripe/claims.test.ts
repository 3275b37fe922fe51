import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StripeEvent } from '../../../shared/domain/subscriptions/stripe-event.ts';
import { handleStripeEvent } from '../../../shared/usecases/subscriptions/handle-stripe-event.ts';
import { createServiceWithPaidPlans } from '../../support/paid-plans.ts';
import { createStripeService, type StripeService } from '../../support/stripe-service.ts';

let world: StripeService;
beforeAll(async () => {
  world = await createStripeService(await createServiceWithPaidPlans());
});
afterAll(() => world.deps.table.drop());

/** The event of a subscription that a new user has made. */
async function eventOf(userId: string): Promise<StripeEvent> {
  const { id } = await world.subscribe(await world.customer(userId));
  const object = await world.stripe.subscriptions.retrieve(id);
  const created = Math.floor(world.deps.now() / 1_000);
  return { id: `evt_${userId}`, type: 'customer.subscription.created', created, data: { object } };
}

/** Runs `work` while Stripe answers only 500. */
async function whileStripeIsDown<T>(work: () => Promise<T>): Promise<T | 'Stripe was asked'> {
  world.simulator.control.failNext({ response: 500, times: 100 });
  const result = await work().catch(() => 'Stripe was asked' as const);
  world.simulator.control.clearFailures();
  return result;
}

describe('an event', () => {
  it('that was handled is recognised, without a call to Stripe', async () => {
    const event = await eventOf('claim-done');
    expect(await handleStripeEvent(world.deps, event)).toMatchObject({ code: 'handled' });
    expect(await whileStripeIsDown(() => handleStripeEvent(world.deps, event))).toEqual({ code: 'repeated' });
  });

  it('whose handling failed is released: the next delivery claims it at once', async () => {
    const event = await eventOf('claim-failed');
    expect(await whileStripeIsDown(() => handleStripeEvent(world.deps, event))).toBe('Stripe was asked');
    expect(await world.deps.stripeEvents.claim(event.id, 'the next', world.deps.now())).toBe('claimed');
  });

  it('claimed by another handler is refused meanwhile', async () => {
    const event = await eventOf('claim-busy');
    expect(await world.deps.stripeEvents.claim(event.id, 'somebody', world.deps.now())).toBe('claimed');
    await expect(handleStripeEvent(world.deps, event)).rejects.toThrow('in progress');
  });
});
