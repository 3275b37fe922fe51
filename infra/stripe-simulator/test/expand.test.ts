import { describe, expect, it } from 'vitest';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the API', () => {
  const account = useStripeAccount();

  describe('expands', () => {
    it('ids into objects, over several levels, and in lists', async () => {
      const customer = await account().customer();
      const made = await account().stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: account().monthly.id }],
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
        await account().stripe.subscriptions.retrieve(made.id, { expand: ['items.data.price.product'] }),
      ).toMatchObject({
        items: { data: [{ price: { product: { name: 'Gold' } } }] },
      });
      const list = await account().stripe.subscriptions.list({ expand: ['data.customer'] });
      expect(list.data[0]).toMatchObject({ customer: { id: customer.id } });
      await expect(
        account().stripe.subscriptions.list({ expand: ['data.items.data.price.product'] }),
      ).rejects.toThrow('You cannot expand more than 4 levels of a property.');
      expect(
        await account().stripe.customers.retrieve(customer.id, { expand: ['subscriptions'] }),
      ).toMatchObject({
        subscriptions: { data: [{ id: made.id }] },
      });
    });

    it('a deleted customer as deleted', async () => {
      const customer = await account().customer();
      const { id } = await account().stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: account().monthly.id }],
      });
      await account().stripe.customers.del(customer.id);
      expect(await account().stripe.subscriptions.retrieve(id, { expand: ['customer'] })).toMatchObject({
        customer: { id: customer.id, deleted: true },
      });
    });

    it('nothing else', async () => {
      const { id } = await account().customer();
      await expect(account().stripe.customers.retrieve(id, { expand: ['email'] })).rejects.toThrow(
        'This property cannot be expanded (email).',
      );
    });
  });
});
