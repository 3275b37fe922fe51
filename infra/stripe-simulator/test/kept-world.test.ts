import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningStripeSimulator, startStripeSimulator } from '../src/simulator.ts';
import { DEFAULT_SETTINGS } from '../src/world/settings.ts';
import { World } from '../src/world/world.ts';
import { worldState } from '../src/world/world-state.ts';
import { startWebhookServer } from './support/webhook-server.ts';

const DAY_MS = 86_400_000;
let folder: string;
let worldFile: string;
const running: RunningStripeSimulator[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kept-world-'));
  worldFile = join(folder, 'stripe-simulator.state');
});
afterEach(async () => {
  for (const simulator of running.splice(0)) await simulator.stop();
  rmSync(folder, { recursive: true });
});

async function start(file = worldFile) {
  const simulator = await startStripeSimulator({ worldFile: file });
  running.push(simulator);
  const { port, secretKey } = simulator;
  const stripe = new Stripe(secretKey, { host: '127.0.0.1', port, protocol: 'http', telemetry: false });
  return { simulator, stripe };
}

/** Copies the file as a crash leaves it. */
function crashed(): string {
  const copy = `${worldFile}.crashed`;
  writeFileSync(copy, readFileSync(worldFile));
  return copy;
}

/** Reads every list of the API. */
async function everything(stripe: Stripe) {
  const customers = (await stripe.customers.list({ limit: 100 })).data;
  return {
    customers,
    cards: await Promise.all(
      customers.map(async ({ id }) => (await stripe.paymentMethods.list({ customer: id })).data),
    ),
    products: (await stripe.products.list({ limit: 100 })).data,
    prices: (await stripe.prices.list({ limit: 100 })).data,
    subscriptions: (await stripe.subscriptions.list({ limit: 100, status: 'all' })).data,
    invoices: (await stripe.invoices.list({ limit: 100 })).data,
    sessions: (await stripe.checkout.sessions.list({ limit: 100 })).data.map((session) => ({
      ...session,
      url: session.url && new URL(session.url).pathname,
    })),
    endpoints: (await stripe.webhookEndpoints.list({ limit: 100 })).data,
    events: (await stripe.events.list({ limit: 100 })).data,
  };
}

async function offer(stripe: Stripe) {
  const product = await stripe.products.create({ name: 'pro' });
  const recurring = { interval: 'month' } as const;
  return stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 2_000, recurring });
}

async function openCheckout(stripe: Stripe, price: Stripe.Price, idempotencyKey: string) {
  return stripe.checkout.sessions.create(
    {
      mode: 'subscription',
      line_items: [{ price: price.id, quantity: 1 }],
      success_url: 'http://localhost:3000/paid',
      subscription_data: { trial_period_days: 10 },
    },
    { idempotencyKey },
  );
}

const pay = (url: string | null) => fetch(url ?? '', { method: 'POST', body: '', redirect: 'manual' });

describe('a kept account', () => {
  it('is restored after a crash: every object, in order, with its scheduled tasks', async () => {
    const { simulator, stripe } = await start();
    const price = await offer(stripe);
    const session = await openCheckout(stripe, price, 'one');
    await pay(session.url);
    await openCheckout(stripe, price, 'two');
    await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:9/hook', enabled_events: ['*'] });
    const { simulator: again, stripe: after } = await start(crashed());
    expect(await everything(after)).toEqual(await everything(stripe));
    // The trial ends and the first month is paid, in both.
    for (const one of [simulator, again]) await one.control.advanceBy(11 * DAY_MS);
    const [before, restored] = [simulator.subscriptions()[0], again.subscriptions()[0]];
    expect(restored).toMatchObject({ id: before?.id, status: 'active' });
    expect(restored?.items.data[0]?.current_period_end).toBe(before?.items.data[0]?.current_period_end);
    expect(again.invoices().map(({ status }) => status)).toEqual(
      simulator.invoices().map(({ status }) => status),
    );
    expect(again.invoices().some(({ amount_paid }) => amount_paid === 2_000)).toBe(true);
  });

  it('continues after a restart: an open checkout can be paid, and no id is generated twice', async () => {
    const { simulator, stripe } = await start();
    const price = await offer(stripe);
    const session = await openCheckout(stripe, price, 'one');
    await simulator.stop();
    running.pop();
    const { stripe: after } = await start();
    expect(await openCheckout(after, price, 'one')).toMatchObject({ id: session.id });
    expect((await pay(session.url)).status).toBe(303);
    const other = await openCheckout(after, price, 'two');
    expect(other.id).not.toBe(session.id);
    expect((await after.checkout.sessions.retrieve(session.id)).status).toBe('complete');
    // One object, not a copy of it: the price of a subscription follows the catalogue.
    await after.prices.update(price.id, { nickname: 'renamed' });
    const [subscription] = (await after.subscriptions.list()).data;
    expect(subscription?.items.data[0]?.price.nickname).toBe('renamed');
  });

  it('moves its pages where its port is taken', async () => {
    const { stripe } = await start();
    const { url, id } = await openCheckout(stripe, await offer(stripe), 'one');
    const { simulator, stripe: after } = await start(crashed());
    const moved = (await after.checkout.sessions.retrieve(id)).url ?? '';
    expect(moved).toBe(url?.replace(/^http:\/\/[^/]+/, simulator.url));
    expect((await fetch(moved)).status).toBe(200);
  });

  it('keeps its clock’s offset', async () => {
    const { simulator } = await start();
    await fetch(`${simulator.url}/_simulator/advance`, { method: 'POST', body: `{"byMs":${5 * DAY_MS}}` });
    const { simulator: again } = await start(crashed());
    expect(again.control.nowMs() - Date.now()).toBeGreaterThan(5 * DAY_MS - 60_000);
  });

  it('delivers pending and in-flight events after `resumeDeliveries`', async () => {
    const arrived: string[] = [];
    let answer = () => {};
    const server = await startWebhookServer((body) => {
      arrived.push(JSON.parse(body).id);
      return new Promise((resolve) => {
        answer = () => resolve(200);
      });
    });
    const { simulator, stripe } = await start();
    await stripe.webhookEndpoints.create({ url: server.url, enabled_events: ['customer.created'] });
    simulator.control.resumeDeliveries();
    await stripe.customers.create({});
    await vi.waitFor(() => expect(arrived).toHaveLength(1));
    await stripe.customers.create({});
    const { simulator: again, stripe: after } = await start(crashed());
    const ids = (await after.events.list({ type: 'customer.created' })).data.map(({ id }) => id).reverse();
    expect(arrived).toEqual([ids[0]]);
    again.control.resumeDeliveries();
    await vi.waitFor(() => expect(arrived).toEqual([ids[0], ids[0]]));
    answer();
    await vi.waitFor(() => expect(arrived).toEqual([ids[0], ids[0], ids[1]]));
    answer();
    await server.stop();
  });

  it('contains every one of many concurrent calls', async () => {
    const { stripe } = await start();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => stripe.customers.create({ name: `${index}` })),
    );
    const { simulator: again } = await start(crashed());
    expect(again.customers()).toHaveLength(50);
  });
});

describe('an unusable file stops the start with its name and what to do', () => {
  it.each([
    ['half of it', (content: Buffer) => content.subarray(0, content.length / 2), /damaged/],
    ['one other byte', (content: Buffer) => content.fill('x', content.length - 1), /checksum/],
    ['nothing', () => Buffer.alloc(0), /damaged/],
    ['no JSON', () => Buffer.from('hello\nworld'), /damaged/],
    [
      'another layout',
      (content: Buffer) =>
        Buffer.from(content.toString('latin1').replace('"layout":1', '"layout":9'), 'latin1'),
      /layout 9, expected 1/,
    ],
  ])('%s', async (_, spoil, why) => {
    const { simulator } = await start();
    await simulator.stop();
    running.pop();
    const spoilt = spoil(readFileSync(worldFile));
    writeFileSync(worldFile, spoilt);
    const starting = startStripeSimulator({ worldFile });
    await expect(starting).rejects.toThrow(why);
    await expect(starting).rejects.toThrow(worldFile);
    await expect(starting).rejects.toThrow(/delete it/);
    expect(readFileSync(worldFile).equals(spoilt)).toBe(true);
  });

  it('a failed save is reported, and the call gets no response', async () => {
    const failures: unknown[] = [];
    const simulator = await startStripeSimulator({
      worldFile: '/dev/null/stripe-simulator.state',
      onSaveFailure: (error) => failures.push(error),
    });
    const init = { method: 'POST', headers: { authorization: `Bearer ${simulator.secretKey}` } };
    await expect(fetch(`${simulator.url}/v1/customers`, init)).rejects.toThrow();
    expect(String(failures[0])).toContain('/dev/null');
    await simulator.stop().catch(() => {});
  });
});

it('every field of the world is saved or declared transient', () => {
  const world = new World(
    DEFAULT_SETTINGS,
    () => 0,
    () => {},
  );
  expect(() => worldState(world)).not.toThrow();
  const withMore = Object.assign(world, { more: () => {} });
  expect(() => worldState(withMore)).toThrow('more of the simulated world cannot be saved');
});
