import type Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../src/simulator-options.ts';
import {
  DAY_MS,
  openStripeAccount,
  START_MS,
  type StripeAccount,
  seconds,
} from './support/stripe-account.ts';
import { startWebhookServer, type WebhookServer } from './support/webhook-server.ts';

const SECRET = 'whsec_one';

interface Arrived {
  readonly body: string;
  readonly signature: string;
  readonly event: Stripe.EventBase;
}

describe('webhooks', () => {
  let server: WebhookServer;
  let account: StripeAccount;
  const arrived: Arrived[] = [];
  let answer: number;

  beforeEach(async () => {
    arrived.length = 0;
    answer = 200;
    server = await startWebhookServer((body, headers) => {
      arrived.push({ body, signature: String(headers['stripe-signature']), event: JSON.parse(body) });
      return answer;
    });
  });
  afterEach(async () => {
    await account.stop();
    await server.stop();
  });

  /** Opens an account and discards the events of its setup. */
  const open = async (options: SimulatorOptions = {}) => {
    account = await openStripeAccount({
      deliver: 'at-once',
      webhookUrl: server.url,
      webhookSecrets: [SECRET],
      ...options,
    });
    await account.simulator.control.settled();
    account.simulator.control.dropDeliveries(account.simulator.control.pendingDeliveries());
    arrived.length = 0;
  };
  const types = () => arrived.map(({ event }) => event.type as string);
  const verified = ({ body, signature }: Arrived, secret: string) =>
    account.stripe.webhooks.constructEvent(body, signature, secret);

  it('arrive in order, with signatures that the SDK accepts', async () => {
    await open();
    await account.subscribe();
    await account.simulator.control.settled();
    expect(types()).toEqual(
      account.simulator
        .events()
        .map(({ type }) => type)
        .slice(-types().length),
    );
    expect(types()).toContain('customer.subscription.created');
    for (const delivery of arrived) {
      expect(verified(delivery, SECRET)).toMatchObject({ object: 'event', pending_webhooks: 1 });
    }
    const [event] = (await account.stripe.events.list({ limit: 1 })).data;
    expect(event?.pending_webhooks).toBe(0);
  });

  it('are signed with the machine’s time, or the simulator’s by option', async () => {
    await open();
    await account.customer();
    await account.simulator.control.settled();
    const timestamp = Number(/^t=(\d+),v1=[0-9a-f]{64}$/.exec(String(arrived[0]?.signature))?.[1]);
    expect(Math.abs(timestamp - seconds(Date.now()))).toBeLessThan(10);
    await account.stop();
    await open({ signatureTime: 'simulator' });
    await account.customer();
    await account.simulator.control.settled();
    expect(arrived[0]?.signature).toMatch(new RegExp(`^t=${seconds(START_MS)},`));
  });

  it('carry a signature of each secret of the endpoint', async () => {
    await open({ webhookSecrets: [SECRET, 'whsec_two'] });
    await account.customer();
    await account.simulator.control.settled();
    const [both] = arrived;
    if (!both) throw new Error('Nothing arrived.');
    expect(verified(both, SECRET).id).toBe(verified(both, 'whsec_two').id);
    expect(() => verified(both, 'whsec_three')).toThrow(
      'No signatures found matching the expected signature',
    );
  });

  it('are retried with backoff for three days', async () => {
    await open();
    answer = 500;
    const { control } = account.simulator;
    const { id } = await account.stripe.customers.create({ email: 'a@b.c' });
    await control.settled();
    expect(arrived).toHaveLength(1);
    await control.advanceBy(59_000);
    expect(arrived).toHaveLength(1);
    await control.advanceBy(1_000);
    expect(arrived).toHaveLength(2);
    expect(new Set(arrived.map(({ event }) => event.id)).size).toBe(1);
    answer = 200;
    await control.advanceBy(300_000);
    await control.advanceBy(DAY_MS);
    expect(arrived).toHaveLength(3);
    expect(arrived[2]?.event.data.object).toMatchObject({ id });

    answer = 400;
    await account.stripe.customers.create({ email: 'x@y.z' });
    await control.advanceBy(4 * DAY_MS);
    expect(arrived).toHaveLength(3 + 11);
    const [event] = (await account.stripe.events.list({ delivery_success: false })).data;
    expect(event?.pending_webhooks).toBe(1);
  });

  it('are delivered manually: one, some, in any order, twice, or never', async () => {
    await open({ deliver: 'manual' });
    const { control } = account.simulator;
    await account.subscribe();
    const pending = control.pendingDeliveries();
    expect(pending.length).toBeGreaterThan(5);
    expect(arrived).toEqual([]);
    const [first, second, third, ...rest] = pending;
    if (!first || !second || !third) throw new Error('Too few deliveries.');
    await control.deliver([third, first]);
    expect(arrived.map(({ event }) => event.id)).toEqual([third.event.id, first.event.id]);
    control.dropDeliveries([second]);
    control.repeatEvent(first.event.id);
    await control.deliver();
    expect(arrived.map(({ event }) => event.id).slice(2)).toEqual([
      ...rest.map(({ event }) => event.id),
      first.event.id,
    ]);
    expect(control.pendingDeliveries()).toEqual([]);
  });

  it('are lost, duplicated, delayed and reordered, equally with the same seed', async () => {
    const deliveryConditions = {
      seed: 7,
      lose: 0.2,
      duplicate: 0.3,
      delay: 0.3,
      delaySeconds: 86_400,
      reorderWindow: 4,
    };
    const run = async () => {
      await open();
      account.simulator.control.setDeliveryConditions(deliveryConditions);
      await account.subscribe();
      await account.subscribe();
      await account.simulator.control.settled();
      const atOnce = arrived.length;
      await account.simulator.control.advanceBy(2 * DAY_MS);
      const made = account.simulator.events().map(({ id }) => id);
      const order = arrived.map(({ event }) => event.id);
      await account.stop();
      return { atOnce, order, made };
    };
    const { atOnce, order, made } = await run();
    const seen = new Set(order);
    expect(order.length).toBeGreaterThan(atOnce);
    expect(order.length).toBeGreaterThan(seen.size);
    expect(made.slice(-20).some((id) => !seen.has(id))).toBe(true);
    expect(order).not.toEqual([...order].sort((left, right) => made.indexOf(left) - made.indexOf(right)));
    expect((await run()).order).toEqual(order);
  });

  it('go to the endpoints subscribed to them', async () => {
    await open();
    const { stripe, simulator } = account;
    const endpoint = await stripe.webhookEndpoints.create({
      url: server.url,
      enabled_events: ['customer.deleted', 'customer.subscription.created'],
    });
    expect(endpoint.secret).toMatch(/^whsec_\w{32}$/);
    const { data } = await stripe.webhookEndpoints.list();
    expect(data.filter((one) => 'secret' in one)).toEqual([]);
    await account.subscribe();
    await simulator.control.settled();
    const own = arrived.filter(({ signature, body }) => {
      try {
        return stripe.webhooks.constructEvent(body, signature, String(endpoint.secret)) !== undefined;
      } catch {
        return false;
      }
    });
    expect(own.map(({ event }) => event.type)).toEqual(['customer.subscription.created']);
    arrived.length = 0;
    for (const { id } of data) await stripe.webhookEndpoints.update(id, { disabled: true });
    await account.subscribe();
    await simulator.control.settled();
    expect(arrived).toEqual([]);
  });

  it('can be received in the process', async () => {
    const bodies: string[] = [];
    await open({
      webhookReceiver: async ({ body, headers }) => {
        account?.stripe.webhooks.constructEvent(body, String(headers['stripe-signature']), SECRET);
        bodies.push(body);
        return 204;
      },
    });
    bodies.length = 0;
    await account.stripe.customers.create({});
    await account.simulator.control.settled();
    expect(bodies).toHaveLength(1);
    expect(account.simulator.control.deliveryOutcomes().at(-1)).toMatchObject({
      delivered: true,
      status: 204,
    });
  });
});

describe('events', () => {
  let account: StripeAccount;
  beforeEach(async () => {
    account = await openStripeAccount();
  });
  afterEach(() => account.stop());

  it('are listed newest first, by type, types and time, page by page', async () => {
    const { stripe, simulator } = account;
    const since = seconds(simulator.control.nowMs()) + 1;
    await simulator.control.advanceBy(1_000);
    await account.customer();
    await stripe.customers.create({ email: 'b@b.c' });
    const list = async (params: Stripe.EventListParams) =>
      (await stripe.events.list(params)).data.map(({ type }) => type);
    expect(await list({ created: { gte: since } })).toEqual([
      'customer.created',
      'customer.updated',
      'payment_method.attached',
      'customer.created',
    ]);
    expect(
      await list({ types: ['customer.created', 'product.created'], created: { gte: since } }),
    ).toHaveLength(2);
    expect(await list({ type: 'customer.*', created: { gte: since } })).toHaveLength(3);
    const all = await stripe.events
      .list({ limit: 2, created: { gte: since } })
      .autoPagingToArray({ limit: 100 });
    expect(all).toHaveLength(4);
    await expect(stripe.events.list({ type: 'a', types: ['b'] })).rejects.toMatchObject({ statusCode: 400 });
  });

  it('keep the object as it was', async () => {
    const { id } = await account.customer('none');
    await account.stripe.customers.update(id, { email: 'new@b.c' });
    const [updated, created] = (await account.stripe.events.list({ type: 'customer.*' })).data;
    expect(created?.data.object).toMatchObject({ id, email: 'ada@example.com' });
    expect(updated?.data).toMatchObject({
      object: { email: 'new@b.c' },
      previous_attributes: { email: 'ada@example.com' },
    });
  });

  it('expire after 30 days, also as a cursor', async () => {
    const [old] = (await account.stripe.events.list({ limit: 1 })).data;
    await account.simulator.control.advanceBy(30 * DAY_MS);
    const kept = await account.stripe.events.list({ ending_before: String(old?.id) });
    expect(kept.data).toEqual([]);
    await account.simulator.control.advanceBy(1_000);
    expect((await account.stripe.events.list()).data).toEqual([]);
    await expect(account.stripe.events.list({ ending_before: String(old?.id) })).rejects.toMatchObject({
      statusCode: 400,
      param: 'ending_before',
    });
  });
});
