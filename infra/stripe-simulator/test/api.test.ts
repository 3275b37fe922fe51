import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { openStripeAccount } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the API', () => {
  const account = useStripeAccount();

  const raw = (path: string, init: RequestInit = {}) =>
    fetch(account().simulator.url + path, {
      ...init,
      headers: { authorization: `Bearer ${account().simulator.secretKey}`, ...init.headers },
    });

  describe('authenticates', () => {
    it('by the secret key, and masks a wrong one', async () => {
      const stranger = new Stripe('sk_test_abcdefgh1234', {
        host: '127.0.0.1',
        port: account().simulator.port,
        protocol: 'http',
      });
      await expect(stranger.customers.list()).rejects.toMatchObject({
        type: 'StripeAuthenticationError',
        statusCode: 401,
        message: 'Invalid API Key provided: sk_test_********1234',
      });
      const answer = await fetch(`${account().simulator.url}/v1/customers`);
      expect(answer.status).toBe(401);
    });

    it('by the key as the user of basic authentication', async () => {
      const authorization = `Basic ${Buffer.from(`${account().simulator.secretKey}:`).toString('base64')}`;
      expect((await raw('/v1/customers', { headers: { authorization } })).status).toBe(200);
    });

    it('calls of its API version only', async () => {
      const answer = await raw('/v1/customers', { headers: { 'stripe-version': '2020-08-27' } });
      expect(answer.status).toBe(400);
    });
  });

  describe('rejects', () => {
    it('an unknown path', async () => {
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
        'product=PRODUCT&currency=usd&unit_amount=1&recurring[interval]=month&recurring[colour]=b',
        'recurring[colour]',
      ],
      ['/v1/subscriptions', 'customer=CUSTOMER&items[0][price]=PRICE&items[0][colour]=b', 'items[0][colour]'],
      [
        '/v1/checkout/sessions',
        'mode=subscription&success_url=http://a/&line_items[0][price]=PRICE&x=1',
        'x',
      ],
      ['/v1/billing_portal/sessions', 'customer=CUSTOMER&x=1', 'x'],
      ['/v1/webhook_endpoints', 'url=http://a/&enabled_events[]=*&x=1', 'x'],
    ])('a parameter that %s does not know, before anything happens', async (path, form, param) => {
      const customer = await account().customer();
      const body = form
        .replace('CUSTOMER', customer.id)
        .replace('PRODUCT', account().product.id)
        .replace('PRICE', account().monthly.id);
      account().newEvents();
      const answer = await raw(path, { method: 'POST', body });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: 'parameter_unknown', param, message: `Received unknown parameter: ${param}` },
      });
      expect(account().newEvents()).toEqual([]);
    });

    it('missing, empty and mistyped parameters by name', async () => {
      const refusal = (promise: Promise<unknown>) =>
        promise.then(
          () => undefined,
          (error) => error,
        );
      expect(await refusal(account().stripe.subscriptions.create({ items: [] }))).toMatchObject({
        type: 'StripeInvalidRequestError',
        statusCode: 400,
        code: 'parameter_missing',
        param: 'customer',
        message: 'Missing required param: customer.',
      });
      expect(await refusal(account().stripe.products.create({ name: '' }))).toMatchObject({
        code: 'parameter_invalid_empty',
        param: 'name',
      });
      const answer = await raw('/v1/customers?limit=many');
      expect(await answer.json()).toMatchObject({
        error: { code: 'parameter_invalid_integer', param: 'limit', message: 'Invalid integer: many' },
      });
      expect(await refusal(account().stripe.customers.list({ limit: 101 }))).toMatchObject({
        param: 'limit',
        message: "This value must be less than or equal to 100 (it currently is '101').",
      });
      expect(await refusal(account().stripe.subscriptions.list({ status: 'asleep' as 'all' }))).toMatchObject(
        {
          param: 'status',
        },
      );
    });

    it('an unknown object: 404 in the path, 400 in a parameter', async () => {
      await expect(account().stripe.subscriptions.retrieve('sub_none')).rejects.toMatchObject({
        type: 'StripeInvalidRequestError',
        statusCode: 404,
        code: 'resource_missing',
        param: 'id',
        message: "No such subscription: 'sub_none'",
      });
      await expect(
        account().stripe.subscriptions.create({
          customer: 'cus_none',
          items: [{ price: account().monthly.id }],
        }),
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

  it('returns a request id, which its events contain', async () => {
    const customer = await account().stripe.customers.create({ email: 'a@b.c' }, { idempotencyKey: 'once' });
    expect(customer.lastResponse.requestId).toMatch(/^req_\w{14}$/);
    expect(customer.lastResponse).toMatchObject({ apiVersion: Stripe.API_VERSION, idempotencyKey: 'once' });
    const [event] = (await account().stripe.events.list({ limit: 1 })).data;
    expect(event).toMatchObject({
      type: 'customer.created',
      request: { id: customer.lastResponse.requestId, idempotency_key: 'once' },
      api_version: Stripe.API_VERSION,
      livemode: false,
    });
  });

  it('generates the same ids with the same seed', async () => {
    const ids = async () => {
      const twin = await openStripeAccount({ seed: 42 });
      const { id } = await twin.subscribe();
      const events = twin.simulator.events().map((event) => event.id);
      await twin.stop();
      return [id, ...events];
    };
    expect(await ids()).toEqual(await ids());
  });

  it('serves the SDK in the process, without a socket', async () => {
    const inside = new Stripe(account().simulator.secretKey, {
      httpClient: Stripe.createFetchHttpClient(account().simulator.fetch),
    });
    const customer = await inside.customers.create({ email: 'a@b.c' });
    expect((await account().stripe.customers.retrieve(customer.id)).id).toBe(customer.id);
    account().simulator.control.failNext({ response: 'reset' });
    await expect(inside.customers.list({}, { maxNetworkRetries: 0 })).resolves.toBeDefined();
  });
});
