import { describe, expect, it } from 'vitest';
import { useStripeAccount } from './support/use-stripe-account.ts';

const refusal = (param: string | undefined, message: RegExp) =>
  expect.objectContaining({
    type: 'StripeInvalidRequestError',
    statusCode: 400,
    ...(param !== undefined && { param }),
    message: expect.stringMatching(message),
  });

describe('the API rejects', () => {
  const account = useStripeAccount();

  it('an idempotency key above 255 characters', async () => {
    const create = (length: number) =>
      account().stripe.customers.create({}, { idempotencyKey: 'k'.repeat(length) });
    await expect(create(256)).rejects.toEqual(refusal(undefined, /must be 1-255 characters long/));
    await expect(create(255)).resolves.toHaveProperty('id');
  });

  it.each([
    ['a key above 40 characters', { ['k'.repeat(41)]: 'v' }, /keys can have up to 40 characters/],
    ['a value above 500 characters', { key: 'v'.repeat(501) }, /values can have up to 500 characters/],
    [
      'more than 50 keys',
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v'])),
      /up to 50 keys/,
    ],
  ])('metadata with %s', async (_, metadata, message) => {
    const { stripe, subscribe } = account();
    await expect(stripe.customers.create({ metadata })).rejects.toEqual(refusal(undefined, message));
    const { id } = await subscribe();
    await expect(stripe.subscriptions.update(id, { metadata })).rejects.toEqual(refusal(undefined, message));
    expect((await stripe.subscriptions.retrieve(id)).metadata).toEqual({});
  });

  it('an update that exceeds 50 metadata keys', async () => {
    const { stripe } = account();
    const some = (from: number, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${from + index}`, 'v'.repeat(500)]));
    const { id } = await stripe.customers.create({ metadata: some(0, 40) });
    await expect(stripe.customers.update(id, { metadata: some(40, 11) })).rejects.toEqual(
      refusal(undefined, /up to 50 keys/),
    );
    const { metadata } = await stripe.customers.update(id, { metadata: some(40, 10) });
    expect(Object.keys(metadata)).toHaveLength(50);
  });

  it.each(['invoice', 'customer.subscription.*', 'customer.*'])(
    'the unknown event %s of an endpoint',
    async (name) => {
      const { stripe } = account();
      const enabled_events = ['invoice.paid' as const, name as 'invoice.paid'];
      const endpoint = { url: 'https://example.com/webhook' };
      const unknown = refusal('enabled_events[1]', /Invalid enabled_events\[1\]/);
      await expect(stripe.webhookEndpoints.create({ ...endpoint, enabled_events })).rejects.toEqual(unknown);
      const { id } = await stripe.webhookEndpoints.create({ ...endpoint, enabled_events: ['*'] });
      await expect(stripe.webhookEndpoints.update(id, { enabled_events })).rejects.toEqual(unknown);
    },
  );

  it.each(['ftp://example.com/hook', 'javascript:alert(1)', 'mailto:a@example.com', 'example.com/hook'])(
    'the URL %s',
    async (url) => {
      const { stripe, monthly } = account();
      const invalid = (param: string) => expect.objectContaining({ code: 'url_invalid', param });
      await expect(stripe.webhookEndpoints.create({ url, enabled_events: ['*'] })).rejects.toEqual(
        invalid('url'),
      );
      const session = { mode: 'subscription' as const, line_items: [{ price: monthly.id, quantity: 1 }] };
      await expect(stripe.checkout.sessions.create({ ...session, success_url: url })).rejects.toEqual(
        invalid('success_url'),
      );
    },
  );

  it('a client_reference_id above 200 characters', async () => {
    const { stripe, monthly } = account();
    await expect(
      stripe.checkout.sessions.create({
        mode: 'subscription',
        line_items: [{ price: monthly.id, quantity: 1 }],
        success_url: 'https://example.com/done',
        client_reference_id: 'u'.repeat(201),
      }),
    ).rejects.toEqual(refusal('client_reference_id', /at most 200 characters/));
  });

  it('a wildcard in `types` finds nothing, in `type` it does', async () => {
    const { stripe, subscribe } = account();
    await subscribe();
    expect((await stripe.events.list({ types: ['customer.subscription.*'] })).data).toEqual([]);
    expect((await stripe.events.list({ type: 'customer.subscription.*' })).data).toHaveLength(1);
    expect((await stripe.events.list({ types: ['customer.subscription.created'] })).data).toHaveLength(1);
  });
});
