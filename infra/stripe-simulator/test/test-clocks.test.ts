import { describe, expect, it } from 'vitest';
import { DAY_MS, openStripeAccount, START_MS, seconds } from '../../../test/support/stripe-account.ts';
import { useStripeAccount } from './use-stripe-account.ts';

describe('test clocks', () => {
  const account = useStripeAccount();

  const begin = async () => {
    const clock = await account().stripe.testHelpers.testClocks.create({
      frozen_time: seconds(START_MS),
      name: 'a year',
    });
    const customer = await account().stripe.customers.create({
      test_clock: clock.id,
      payment_method: 'pm_card_visa',
      invoice_settings: { default_payment_method: 'pm_card_visa' },
    });
    const subscription = await account().stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: account().monthly.id }],
    });
    account().newEvents();
    return { clock, customer, subscription };
  };
  const ready = async (id: string) => {
    for (;;) {
      const clock = await account().stripe.testHelpers.testClocks.retrieve(id);
      if (clock.status === 'ready') return clock;
    }
  };

  it('move their own customers and nobody else', async () => {
    const { clock, subscription } = await begin();
    const other = await account().subscribe();
    account().newEvents();
    const advancing = await account().stripe.testHelpers.testClocks.advance(clock.id, {
      frozen_time: seconds(START_MS + 40 * DAY_MS),
    });
    expect(advancing).toMatchObject({
      status: 'advancing',
      status_details: { advancing: { target_frozen_time: seconds(START_MS + 40 * DAY_MS) } },
    });
    expect(await ready(clock.id)).toMatchObject({
      frozen_time: seconds(START_MS + 40 * DAY_MS),
      status_details: {},
    });
    const invoices = await account().stripe.invoices.list({ subscription: subscription.id });
    expect(invoices.data).toHaveLength(2);
    expect(invoices.data[0]).toMatchObject({ status: 'paid', test_clock: clock.id });
    expect((await account().stripe.invoices.list({ subscription: other.id })).data).toHaveLength(1);
    const events = account().newEvents();
    expect(events[0]).toBe('test_helpers.test_clock.advancing');
    expect(events.at(-1)).toBe('test_helpers.test_clock.ready');
    expect(events).toContain('invoice.paid');
  });

  it('go forward only, and two periods at most', async () => {
    const { clock } = await begin();
    const advance = (ms: number) =>
      account().stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: seconds(START_MS + ms) });
    await expect(advance(-DAY_MS)).rejects.toMatchObject({ statusCode: 400, param: 'frozen_time' });
    await expect(advance(70 * DAY_MS)).rejects.toThrow('at most 2 intervals');
  });

  it('are listed with their subscriptions only when asked for, and take their customers along', async () => {
    const { clock, customer, subscription } = await begin();
    const { subscriptions, testHelpers } = account().stripe;
    expect((await subscriptions.list()).data).toEqual([]);
    expect((await subscriptions.list({ test_clock: clock.id })).data.map(({ id }) => id)).toEqual([
      subscription.id,
    ]);
    expect((await testHelpers.testClocks.list()).data.map(({ id }) => id)).toEqual([clock.id]);
    await testHelpers.testClocks.del(clock.id);
    expect(await account().stripe.customers.retrieve(customer.id)).toMatchObject({ deleted: true });
  });
});

describe('the simulator’s own clock', () => {
  it('runs with the machine’s when it was not told to stand, and can be moved ahead', async () => {
    const account = await openStripeAccount({ standsAtMs: undefined } as object);
    const before = account.simulator.control.nowMs();
    expect(Math.abs(before - Date.now())).toBeLessThan(1_000);
    await account.simulator.control.advanceBy(DAY_MS);
    expect(account.simulator.control.nowMs() - before).toBeGreaterThanOrEqual(DAY_MS);
    await account.stop();
  });

  it('and everything else can be driven from another process', async () => {
    const account = await openStripeAccount();
    const { url } = account.simulator;
    const control = async (action: string, body: object) => {
      const answer = await fetch(`${url}/_simulator/${action}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json() };
    };
    const { id: customer } = await account.customer('none');
    expect(await control('cards', { customer, card: 'declines' })).toMatchObject({ status: 200 });
    expect(await control('seed', { count: 3, price: account.monthly.id })).toMatchObject({
      body: { made: 3 },
    });
    expect(await control('advance', { byMs: DAY_MS })).toMatchObject({ status: 200 });
    expect(await (await fetch(`${url}/_simulator`)).json()).toMatchObject({
      nowMs: START_MS + DAY_MS,
      pending: [],
    });
    expect(await control('cards', { customer: 'cus_none', card: 'works' })).toMatchObject({ status: 400 });
    expect(await control('nothing', {})).toMatchObject({
      status: 404,
      body: { actions: expect.arrayContaining(['advance']) },
    });
    await control('faults', { answer: 500 });
    await expect(account.stripe.customers.list()).rejects.toMatchObject({ statusCode: 500 });
    await account.stop();
  });
});
