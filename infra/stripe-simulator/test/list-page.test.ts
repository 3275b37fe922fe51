import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { useStripeAccount } from './support/use-stripe-account.ts';

describe('the API', () => {
  const account = useStripeAccount();

  describe('lists', () => {
    it('newest first, page by page, in both directions', async () => {
      const made: string[] = [];
      for (let index = 0; index < 25; index++) {
        made.unshift((await account().stripe.customers.create({ email: `${index}@b.c` })).id);
      }
      const first = await account().stripe.customers.list();
      expect(first).toMatchObject({ object: 'list', has_more: true, url: '/v1/customers' });
      expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 10));
      const second = await account().stripe.customers.list({ limit: 5, starting_after: String(made[9]) });
      expect(second.data.map(({ id }) => id)).toEqual(made.slice(10, 15));
      const back = await account().stripe.customers.list({ limit: 5, ending_before: String(made[10]) });
      expect(back.data.map(({ id }) => id)).toEqual(made.slice(5, 10));
      expect(back.has_more).toBe(true);
      const newest = await account().stripe.customers.list({ limit: 5, ending_before: String(made[3]) });
      expect(newest).toMatchObject({ has_more: false });
      expect(newest.data).toHaveLength(3);
      const all = await account().stripe.customers.list({ limit: 7 }).autoPagingToArray({ limit: 100 });
      expect(all.map(({ id }) => id)).toEqual(made);
      const exact = await account().stripe.customers.list({ limit: 25 });
      expect(exact.has_more).toBe(false);
    });

    it('rejects an unknown cursor', async () => {
      await expect(account().stripe.customers.list({ starting_after: 'cus_none' })).rejects.toMatchObject({
        statusCode: 400,
        code: 'resource_missing',
        param: 'starting_after',
      });
    });

    it('filters by time, with bounds of every kind', async () => {
      const first = await account().stripe.customers.create({});
      await account().simulator.control.advanceBy(10_000);
      const second = await account().stripe.customers.create({});
      const ids = async (created: Stripe.RangeQueryParam | number) =>
        (await account().stripe.customers.list({ created })).data.map(({ id }) => id);
      expect(await ids({ gt: first.created })).toEqual([second.id]);
      expect(await ids({ gte: first.created })).toEqual([second.id, first.id]);
      expect(await ids({ lt: second.created })).toEqual([first.id]);
      expect(await ids({ lte: first.created })).toEqual([first.id]);
      expect(await ids(second.created)).toEqual([second.id]);
    });

    it('10,000 subscriptions in 100 calls, each as quick as the last', async () => {
      account().simulator.control.seedSubscriptions({ count: 10_000, price: account().monthly.id });
      account().simulator.control.forgetCalls();
      const all = new Set<string>();
      for await (const { id } of account().stripe.subscriptions.list({ limit: 100, status: 'all' }))
        all.add(id);
      expect(all.size).toBe(10_000);
      expect(account().simulator.control.calls()).toHaveLength(100);
    }, 60_000);
  });
});
