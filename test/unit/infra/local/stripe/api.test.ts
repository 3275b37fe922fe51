import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStripeAccount, type StripeAccount } from '../../../../support/stripe-account.ts';

describe('the API', () => {
  let account: StripeAccount;
  let stripe: Stripe;
  beforeEach(async () => {
    account = await openStripeAccount();
    stripe = account.stripe;
  });
  afterEach(() => account.stop());

  const raw = (path: string, init: RequestInit = {}) =>
    fetch(account.simulator.url + path, {
      ...init,
      headers: { authorization: `Bearer ${account.simulator.secretKey}`, ...init.headers },
    });

  describe('lets in', () => {
    it('nobody without the key, and masks the wrong one', async () => {
      const stranger = new Stripe('sk_test_abcdefgh1234', {
        host: '127.0.0.1',
        port: account.simulator.port,
        protocol: 'http',
      });
      await expect(stranger.customers.list()).rejects.toMatchObject({
        type: 'StripeAuthenticationError',
        statusCode: 401,
        message: 'Invalid API Key provided: sk_test_********1234',
      });
      const answer = await fetch(`${account.simulator.url}/v1/customers`);
      expect(answer.status).toBe(401);
    });

    it('the key as the user of basic authentication', async () => {
      const authorization = `Basic ${Buffer.from(`${account.simulator.secretKey}:`).toString('base64')}`;
      expect((await raw('/v1/customers', { headers: { authorization } })).status).toBe(200);
    });

    it('only the version it speaks', async () => {
      const answer = await raw('/v1/customers', { headers: { 'stripe-version': '2020-08-27' } });
      expect(answer.status).toBe(400);
    });
  });

  describe('refuses', () => {
    it('an unknown address', async () => {
      const answer = await raw('/v1/nothing');
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        error: {
          type: 'invalid_request_error',
          message: expect.stringMatching(/^Unrecognized request URL \(GET: \/v1\/nothing\)/),
        },
      });
    });

    it.each([
      ['/v1/customers', 'email=a&nickname=b', 'nickname'],
      ['/v1/products', 'name=a&colour=b', 'colour'],
      [
        '/v1/prices',
        'currency=usd&unit_amount=1&product_data[name]=a&product_data[colour]=b',
        'product_data[colour]',
      ],
      ['/v1/subscriptions', 'customer=CUSTOMER&items[0][price]=PRICE&items[0][colour]=b', 'items[0][colour]'],
      [
        '/v1/checkout/sessions',
        'mode=subscription&success_url=http://a/&line_items[0][price]=PRICE&x=1',
        'x',
      ],
      ['/v1/billing_portal/sessions', 'customer=CUSTOMER&x=1', 'x'],
      ['/v1/webhook_endpoints', 'url=http://a/&enabled_events[]=*&x=1', 'x'],
      ['/v1/test_helpers/test_clocks', 'frozen_time=1&x=1', 'x'],
    ])('a parameter that %s does not know, before anything happens', async (path, form, param) => {
      const customer = await account.customer();
      const body = form.replace('CUSTOMER', customer.id).replace('PRICE', account.monthly.id);
      account.newEvents();
      const answer = await raw(path, { method: 'POST', body });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: 'parameter_unknown', param, message: `Received unknown parameter: ${param}` },
      });
      expect(account.newEvents()).toEqual([]);
    });

    it('what is missing, empty or of the wrong kind, and names it', async () => {
      const refusal = (promise: Promise<unknown>) =>
        promise.then(
          () => undefined,
          (error) => error,
        );
      expect(await refusal(stripe.subscriptions.create({ items: [] }))).toMatchObject({
        type: 'StripeInvalidRequestError',
        statusCode: 400,
        code: 'parameter_missing',
        param: 'customer',
        message: 'Missing required param: customer.',
      });
      expect(await refusal(stripe.products.create({ name: '' }))).toMatchObject({
        code: 'parameter_invalid_empty',
        param: 'name',
      });
      const answer = await raw('/v1/customers?limit=many');
      expect(await answer.json()).toMatchObject({
        error: { code: 'parameter_invalid_integer', param: 'limit', message: 'Invalid integer: many' },
      });
      expect(await refusal(stripe.customers.list({ limit: 101 }))).toMatchObject({
        param: 'limit',
        message: "This value must be less than or equal to 100 (it currently is '101').",
      });
      expect(await refusal(stripe.subscriptions.list({ status: 'asleep' as 'all' }))).toMatchObject({
        param: 'status',
      });
    });

    it('an object that is not there: 404 in the address, 400 in a parameter', async () => {
      await expect(stripe.subscriptions.retrieve('sub_none')).rejects.toMatchObject({
        type: 'StripeInvalidRequestError',
        statusCode: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such subscription: 'sub_none'",
      });
      await expect(
        stripe.subscriptions.create({ customer: 'cus_none', items: [{ price: account.monthly.id }] }),
      ).rejects.toMatchObject({
        statusCode: 400,
        param: 'customer',
        message: "No such customer: 'cus_none'",
      });
    });

    it('a body of more than a megabyte', async () => {
      expect((await raw('/v1/customers', { method: 'POST', body: 'a'.repeat(1_100_000) })).status).toBe(413);
    });
  });

  it('names every request, and its events name it too', async () => {
    const customer = await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'once' });
    expect(customer.lastResponse.requestId).toMatch(/^req_\w{14}$/);
    expect(customer.lastResponse).toMatchObject({ apiVersion: Stripe.API_VERSION, idempotencyKey: 'once' });
    const [event] = (await stripe.events.list({ limit: 1 })).data;
    expect(event).toMatchObject({
      type: 'customer.created',
      request: { id: customer.lastResponse.requestId, idempotency_key: 'once' },
      api_version: Stripe.API_VERSION,
      livemode: false,
    });
  });

  describe('with an idempotency key', () => {
    it('runs once, and gives the same answer again', async () => {
      const first = await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      account.newEvents();
      const again = await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      expect(again.id).toBe(first.id);
      expect(again.lastResponse.headers).toMatchObject({
        'idempotent-replayed': 'true',
        'original-request': first.lastResponse.requestId,
      });
      expect(account.newEvents()).toEqual([]);
    });

    it('refuses other parameters, and another endpoint', async () => {
      await stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k1' });
      await expect(
        stripe.customers.create({ email: 'x@y.z' }, { idempotencyKey: 'k1' }),
      ).rejects.toMatchObject({
        type: 'StripeIdempotencyError',
        statusCode: 400,
        message:
          "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than 'k1' if you meant to execute a different request.",
      });
      await expect(stripe.products.create({ name: 'a' }, { idempotencyKey: 'k1' })).rejects.toThrow(
        "Keys for idempotent requests can only be used for the same endpoint they were first used for ('/v1/customers' vs '/v1/products').",
      );
    });

    it('keeps a declined card, and forgets what was refused before anything ran', async () => {
      const customer = await account.customer('declines');
      const wish = {
        customer: customer.id,
        items: [{ price: account.monthly.id }],
        payment_behavior: 'error_if_incomplete' as const,
      };
      await expect(stripe.subscriptions.create(wish, { idempotencyKey: 'k2' })).rejects.toMatchObject({
        statusCode: 402,
      });
      account.simulator.control.setCard(customer.id, 'works');
      await expect(stripe.subscriptions.create(wish, { idempotencyKey: 'k2' })).rejects.toMatchObject({
        statusCode: 402,
      });
      await expect(stripe.products.create({ name: '' }, { idempotencyKey: 'k3' })).rejects.toThrow();
      expect(await stripe.products.create({ name: 'right' }, { idempotencyKey: 'k3' })).toMatchObject({
        name: 'right',
      });
    });

    it('refuses a second call while the first is under way', async () => {
      account.simulator.control.failNext({ delayMs: 200, method: 'POST' });
      const first = stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k4' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await expect(
        stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'k4' }),
      ).rejects.toMatchObject({
        statusCode: 409,
        code: 'idempotency_key_in_use',
      });
      await first;
    });

    it('forgets after a day', async () => {
      const first = await stripe.customers.create({}, { idempotencyKey: 'k5' });
      await account.simulator.control.advanceBy(24 * 3_600_000);
      expect((await stripe.customers.create({}, { idempotencyKey: 'k5' })).id).not.toBe(first.id);
    });
  });

  describe('lists', () => {
    it('newest first, page by page, in both directions', async () => {
      const made: string[] = [];
      for (let index = 0; index < 25; index++) {
        made.unshift((await stripe.customers.create({ email: `${index}@b.c` })).id);
      }
      const first = await stripe.customers.list();
      expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
      expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 10));
      const second = await stripe.customers.list({ limit: 5, starting_after: String(made[9]) });
      expect(second.data.map(({ id }) => id)).toEqual(made.slice(10, 15));
      const back = await stripe.customers.list({ limit: 5, ending_before: String(made[10]) });
      expect(back.data.map(({ id }) => id)).toEqual(made.slice(5, 10));
      expect(back.has_more).toBe(true);
      const newest = await stripe.customers.list({ limit: 5, ending_before: String(made[3]) });
      expect(newest).toMatchObject({ has_more: false });
      expect(newest.data).toHaveLength(3);
      const all = await stripe.customers.list({ limit: 7 }).autoPagingToArray({ limit: 100 });
      expect(all.map(({ id }) => id)).toEqual(made);
      const exact = await stripe.customers.list({ limit: 25 });
      expect(exact.has_more).toBe(false);
    });

    it('refuses a cursor that is not there', async () => {
      await expect(stripe.customers.list({ starting_after: 'cus_none' })).rejects.toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param: 'starting_after',
      });
    });

    it('filters by time, with bounds of every kind', async () => {
      const first = await stripe.customers.create({});
      await account.simulator.control.advanceBy(10_000);
      const second = await stripe.customers.create({});
      const ids = async (created: Stripe.RangeQueryParam | number) =>
        (await stripe.customers.list({ created })).data.map(({ id }) => id);
      expect(await ids({ gt: first.created })).toEqual([second.id]);
      expect(await ids({ gte: first.created })).toEqual([second.id, first.id]);
      expect(await ids({ lt: second.created })).toEqual([first.id]);
      expect(await ids({ lte: first.created })).toEqual([first.id]);
      expect(await ids(second.created)).toEqual([second.id]);
    });

    it('10,000 subscriptions in 100 calls, each as quick as the last', async () => {
      account.simulator.control.seedSubscriptions({ count: 10_000, price: account.monthly.id });
      account.simulator.control.forgetCalls();
      const all = new Set<string>();
      for await (const { id } of stripe.subscriptions.list({ limit: 100, status: 'all' })) all.add(id);
      expect(all.size).toBe(10_000);
      expect(account.simulator.control.calls()).toHaveLength(100);
    }, 60_000);
  });

  describe('expands', () => {
    it('ids into objects, over several levels, and in lists', async () => {
      const customer = await account.customer();
      const made = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: account.monthly.id }],
        expand: ['latest_invoice.payments', 'customer.invoice_settings.default_payment_method'],
      });
      expect(made.latest_invoice).toMatchObject({
        object: 'invoice',
        payments: { data: [{ status: 'paid' }] },
      });
      expect(made.customer).toMatchObject({
        object: 'customer',
        invoice_settings: { default_payment_method: { object: 'payment_method', card: { last4: '4242' } } },
      });
      expect(
        await stripe.subscriptions.retrieve(made.id, { expand: ['items.data.price.product'] }),
      ).toMatchObject({
        items: { data: [{ price: { product: { name: 'Gold' } } }] },
      });
      const list = await stripe.subscriptions.list({ expand: ['data.customer'] });
      expect(list.data[0]).toMatchObject({ customer: { id: customer.id } });
      await expect(stripe.subscriptions.list({ expand: ['data.items.data.price.product'] })).rejects.toThrow(
        'You cannot expand more than 4 levels of a property.',
      );
      expect(await stripe.customers.retrieve(customer.id, { expand: ['subscriptions'] })).toMatchObject({
        subscriptions: { data: [{ id: made.id }] },
      });
    });

    it('a customer that is gone as a deleted one', async () => {
      const customer = await account.customer();
      const { id } = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: account.monthly.id }],
      });
      await stripe.customers.del(customer.id);
      expect(await stripe.subscriptions.retrieve(id, { expand: ['customer'] })).toMatchObject({
        customer: { id: customer.id, deleted: true },
      });
    });

    it('nothing else', async () => {
      const { id } = await account.customer();
      await expect(stripe.customers.retrieve(id, { expand: ['email'] })).rejects.toThrow(
        'This property cannot be expanded (email).',
      );
    });
  });

  describe('under strain', () => {
    it('limits calls a second, and says when to come back', async () => {
      account.simulator.control.limitRate(3);
      const answers = await Promise.allSettled(Array.from({ length: 6 }, () => stripe.customers.list()));
      const refused = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason);
      expect(refused.length).toBeGreaterThanOrEqual(2);
      expect(refused[0]).toMatchObject({
        type: 'StripeRateLimitError',
        statusCode: 429,
        code: 'rate_limit',
        headers: { 'retry-after': '1', 'stripe-rate-limited-reason': 'global-rate' },
      });
    });

    it("is survived by the SDK's own retries, without anything made twice", async () => {
      const patient = new Stripe(account.simulator.secretKey, {
        host: '127.0.0.1',
        port: account.simulator.port,
        protocol: 'http',
        maxNetworkRetries: 2,
      });
      const { control } = account.simulator;
      control.failNext({ answer: 503, method: 'POST' });
      control.failNext({ answer: 429, shouldRetry: true, method: 'POST' });
      await patient.customers.create({ email: 'one@b.c' });
      control.failNext({ answer: 'reset', applied: true, method: 'POST' });
      await patient.customers.create({ email: 'two@b.c' });
      control.failNext({ answer: 500, applied: true, method: 'POST' });
      await patient.customers.create({ email: 'three@b.c' });
      expect(account.simulator.customers().map(({ email }) => email)).toEqual([
        'one@b.c',
        'two@b.c',
        'three@b.c',
      ]);
      expect(
        control
          .calls()
          .filter(({ method }) => method === 'POST')
          .slice(-4)
          .map(({ status }) => status),
      ).toEqual([undefined, 200, 500, 200]);
    }, 20_000);

    it('answers late when told to, so that a timeout passes first', async () => {
      account.simulator.control.failNext({ delayMs: 300, path: '/v1/subscriptions' });
      await expect(stripe.subscriptions.list({}, { timeout: 50 })).rejects.toMatchObject({
        type: 'StripeConnectionError',
      });
    });

    it('fails in the middle of a walk', async () => {
      account.simulator.control.seedSubscriptions({ count: 30, price: account.monthly.id });
      account.simulator.control.failNext({ answer: 500, path: '/v1/subscriptions', after: 1 });
      const walk = stripe.subscriptions.list({ limit: 10 }).autoPagingToArray({ limit: 100 });
      await expect(walk).rejects.toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    });
  });

  it('is the same again with the same seed', async () => {
    const ids = async () => {
      const twin = await openStripeAccount({ seed: 42 });
      const { id } = await twin.stripe.subscriptions.create({
        customer: (await twin.customer()).id,
        items: [{ price: twin.monthly.id }],
      });
      const events = twin.simulator.events().map((event) => event.id);
      await twin.stop();
      return [id, ...events];
    };
    expect(await ids()).toEqual(await ids());
  });

  it('serves the SDK inside of the process too, without a socket', async () => {
    const inside = new Stripe(account.simulator.secretKey, {
      httpClient: Stripe.createFetchHttpClient(account.simulator.fetch),
    });
    const customer = await inside.customers.create({ email: 'a@b.c' });
    expect((await stripe.customers.retrieve(customer.id)).id).toBe(customer.id);
    account.simulator.control.failNext({ answer: 'reset' });
    await expect(inside.customers.list({}, { maxNetworkRetries: 0 })).resolves.toBeDefined();
  });
});
