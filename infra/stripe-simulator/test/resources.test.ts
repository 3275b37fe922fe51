import { describe, expect, it } from 'vitest';
import { START_MS, seconds } from './support/stripe-account.ts';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('an account', () => {
  const account = useStripeAccount();

  it('customers: created, changed, found by email, deleted', async () => {
    const { stripe } = account();
    const made = await stripe.customers.create({
      email: 'ada@example.com',
      name: 'Ada',
      description: 'first',
      metadata: { user: 'u1', ['__proto__']: 'x' },
    });
    expect(made).toMatchObject({
      object: 'customer',
      email: 'ada@example.com',
      name: 'Ada',
      livemode: false,
      balance: 0,
      delinquent: false,
      created: seconds(START_MS),
      invoice_settings: { default_payment_method: null },
      metadata: { user: 'u1' },
    });
    expect(made.id).toMatch(/^cus_\w{14}$/);
    const changed = await stripe.customers.update(made.id, { name: '', metadata: '' });
    expect(changed).toMatchObject({ name: null, metadata: {} });
    await stripe.customers.create({ email: 'other@example.com' });
    expect((await stripe.customers.list({ email: 'ada@example.com' })).data.map(({ id }) => id)).toEqual([
      made.id,
    ]);
    await stripe.customers.del(made.id);
    await expect(stripe.customers.update(made.id, { name: 'b' })).rejects.toMatchObject({ statusCode: 404 });
    await expect(stripe.customers.del(made.id)).rejects.toMatchObject({ statusCode: 404 });
    expect((await stripe.customers.list()).data).toHaveLength(1);
    expect(account().newEvents()).toEqual([
      'customer.created',
      'customer.updated',
      'customer.created',
      'customer.deleted',
    ]);
  });

  it('products and prices, with lookup keys that belong to one price', async () => {
    const { stripe, product, monthly, dearer, yearly } = account();
    expect(product).toMatchObject({ object: 'product', name: 'Gold', active: true, type: 'service' });
    expect(monthly).toMatchObject({
      object: 'price',
      currency: 'usd',
      type: 'recurring',
      unit_amount: 1_000,
      recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed', meter: null },
    });
    expect(monthly.unit_amount_decimal?.toString()).toBe('1000');
    expect(monthly.id).toMatch(/^price_1\w{23}$/);
    const ids = async (params: object) => (await stripe.prices.list(params)).data.map(({ id }) => id);
    expect(await ids({ lookup_keys: ['gold_yearly', 'gold_monthly'] })).toEqual([yearly.id, monthly.id]);
    expect(await ids({ recurring: { interval: 'month' } })).toEqual([dearer.id, monthly.id]);
    const values = { product: product.id, currency: 'usd', unit_amount: 5, lookup_key: 'gold_monthly' };
    await expect(stripe.prices.create(values)).rejects.toMatchObject({
      statusCode: 400,
      param: 'lookup_key',
    });
    const heir = await stripe.prices.create({ ...values, transfer_lookup_key: true });
    expect(await stripe.prices.retrieve(monthly.id)).toMatchObject({ lookup_key: null });
    await stripe.prices.update(heir.id, { active: false });
    expect(await ids({ product: product.id })).toEqual([yearly.id, dearer.id, monthly.id]);
    expect(await ids({ active: false })).toEqual([heir.id]);
    const silver = await stripe.products.create({ name: 'Silver' });
    const made = await stripe.prices.create({
      product: silver.id,
      currency: 'EUR',
      unit_amount: 0,
      recurring: { interval: 'week', interval_count: 2 },
    });
    expect(made).toMatchObject({ currency: 'eur', recurring: { interval: 'week', interval_count: 2 } });
    expect((await stripe.products.list({ active: true })).data.map(({ name }) => name)).toEqual([
      'Silver',
      'Gold',
    ]);
    await stripe.products.update(product.id, { name: 'Goldener' });
    expect((await stripe.products.retrieve(product.id)).name).toBe('Goldener');
  });

  it('cards, of one customer at a time', async () => {
    const { stripe } = account();
    const { id: customer } = await account().customer('none');
    const card = await stripe.paymentMethods.attach('pm_card_visa', { customer });
    expect(card).toMatchObject({
      object: 'payment_method',
      type: 'card',
      customer,
      card: { brand: 'visa', last4: '4242' },
    });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: card.id } });
    expect((await stripe.paymentMethods.list({ customer })).data.map(({ id }) => id)).toEqual([card.id]);
    const other = await account().customer('none');
    await expect(stripe.paymentMethods.attach(card.id, { customer: other.id })).rejects.toMatchObject({
      statusCode: 400,
    });
    await stripe.paymentMethods.detach(card.id);
    expect(await stripe.customers.retrieve(customer)).toMatchObject({
      invoice_settings: { default_payment_method: null },
    });
    await expect(stripe.paymentMethods.attach('constructor', { customer })).rejects.toMatchObject({
      statusCode: 400,
    });
  });

  it('subscriptions, found by customer, status, price and time', async () => {
    const { stripe, monthly, dearer } = account();
    const one = await account().customer();
    const two = await account().customer();
    const start = (customer: string, price: string) =>
      stripe.subscriptions.create({ customer, items: [{ price }] });
    const first = await start(one.id, monthly.id);
    await account().simulator.control.advanceBy(5_000);
    const second = await start(two.id, dearer.id);
    const ended = await start(two.id, monthly.id);
    await stripe.subscriptions.cancel(ended.id);
    const ids = async (params: object) => (await stripe.subscriptions.list(params)).data.map(({ id }) => id);
    expect(await ids({})).toEqual([second.id, first.id]);
    expect(await ids({ status: 'all' })).toEqual([ended.id, second.id, first.id]);
    expect(await ids({ status: 'canceled' })).toEqual([ended.id]);
    expect(await ids({ status: 'ended' })).toEqual([ended.id]);
    expect(await ids({ status: 'past_due' })).toEqual([]);
    expect(await ids({ customer: two.id, status: 'all' })).toEqual([ended.id, second.id]);
    expect(await ids({ customer: 'cus_none' })).toEqual([]);
    expect(await ids({ price: monthly.id })).toEqual([first.id]);
    expect(await ids({ created: { lt: second.created } })).toEqual([first.id]);
    expect(await ids({ customer: two.id, status: 'all', limit: 1, starting_after: ended.id })).toEqual([
      second.id,
    ]);
  });

  it('rejects prices that a subscription cannot have', async () => {
    const { stripe, monthly, yearly, product } = account();
    const { id: customer } = await account().customer();
    const once = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 5 });
    const start = (...prices: string[]) =>
      stripe.subscriptions.create({ customer, items: prices.map((price) => ({ price })) });
    await expect(start(once.id)).rejects.toMatchObject({ param: 'items[0][price]' });
    await expect(start('price_none')).rejects.toMatchObject({
      param: 'items[0][price]',
      code: 'resource_missing',
    });
    await expect(start(monthly.id, yearly.id)).rejects.toThrow('Currency and interval fields must match');
    await stripe.prices.update(monthly.id, { active: false });
    await expect(start(monthly.id)).rejects.toThrow('The price specified is inactive');
  });

  it('invoices: finalized, paid, voided and marked uncollectible', async () => {
    const { stripe } = account();
    const customer = await account().customer();
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: account().monthly.id }],
    });
    await account().simulator.control.advanceTo(Date.UTC(2026, 1, 28, 12));
    const [draft] = (await stripe.invoices.list({ subscription: subscription.id, status: 'draft' })).data;
    const id = String(draft?.id);
    expect(await stripe.invoices.finalizeInvoice(id)).toMatchObject({
      status: 'open',
      number: expect.any(String),
    });
    await expect(stripe.invoices.finalizeInvoice(id)).rejects.toMatchObject({ statusCode: 400 });
    expect(await stripe.invoices.pay(id, { paid_out_of_band: true })).toMatchObject({
      status: 'paid',
      attempt_count: 0,
    });
    await expect(stripe.invoices.pay(id)).rejects.toThrow('Invoice is already paid');
    await expect(stripe.invoices.voidInvoice(id)).rejects.toMatchObject({ statusCode: 400 });
    expect((await stripe.invoices.listLineItems(id)).data).toHaveLength(1);
    expect((await stripe.invoices.list({ customer: customer.id })).data).toHaveLength(2);

    account().simulator.control.setCard(customer.id, 'declines');
    await account().simulator.control.advanceTo(Date.UTC(2026, 3, 1));
    const { latest_invoice, status } = await stripe.subscriptions.retrieve(subscription.id);
    expect(status).toBe('past_due');
    expect(await stripe.invoices.markUncollectible(String(latest_invoice))).toMatchObject({
      status: 'uncollectible',
    });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect(await stripe.invoices.voidInvoice(String(latest_invoice))).toMatchObject({ status: 'void' });
    const { payments } = await stripe.invoices.retrieve(String(subscription.latest_invoice), {
      expand: ['payments'],
    });
    expect(payments?.data[0]).toMatchObject({
      object: 'invoice_payment',
      status: 'paid',
      amount_paid: 1_000,
    });
  });
});
