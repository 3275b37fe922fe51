import { describe, expect, it } from 'vitest';
import { convergeSubscription } from '../../../shared/usecases/subscriptions/converge-subscription.ts';
import { createCheckoutSession } from '../../../shared/usecases/subscriptions/create-checkout-session.ts';
import { createPortalSession } from '../../../shared/usecases/subscriptions/create-portal-session.ts';
import { handleStripeEvent } from '../../../shared/usecases/subscriptions/handle-stripe-event.ts';
import { syncSubscriptions } from '../../../shared/usecases/subscriptions/sync-subscriptions.ts';
import { overlaid } from '../../proofs/simulation/overlaid.ts';
import { accountOf, DAY_MS, type StripeService, useStripeServices } from '../../support/stripe-service.ts';

const PAGES = { successUrl: 'https://app.example.com/paid', cancelUrl: 'https://app.example.com/plans' };

/** Delivers all events of Stripe, in order. */
const deliver = ({ simulator }: StripeService) => simulator.control.deliver();

/** As the service sells: plans name the prices of the Stripe account. */
const selling = ({ deps, prices }: StripeService, trialDays?: number) => {
  const newest = async (id: string) => {
    const plan = await deps.plans.newest(id);
    return plan && { ...plan, prices: { monthly: prices.monthly }, trialDays };
  };
  return { ...deps, plans: overlaid(deps.plans, { newest }) };
};
const checkout = (world: StripeService, userId: string, trial?: boolean, trialDays?: number) =>
  createCheckoutSession(selling(world, trialDays), {
    userId,
    planId: 'pro',
    price: 'monthly',
    trial,
    ...PAGES,
  });

/** The customer whose portal opens for a user, or the reason why none does. */
async function portal({ deps }: StripeService, userId: string): Promise<string> {
  let shown = '';
  const stripe = overlaid(deps.stripe, {
    createPortalSession: (customerId, returnUrl) => {
      shown = customerId;
      return deps.stripe.createPortalSession(customerId, returnUrl);
    },
  });
  const { code } = await createPortalSession({ ...deps, stripe }, { userId, returnUrl: PAGES.cancelUrl });
  return code === 'created' ? shown : code;
}

async function pay(world: StripeService, userId: string, trial?: boolean, trialDays?: number) {
  const session = await checkout(world, userId, trial, trialDays);
  if (session.code !== 'created') throw new Error(session.code);
  expect(world.simulator.control.payCheckout(session.sessionId)).toBe(true);
  await deliver(world);
  return world.simulator.subscriptions().at(-1)?.id ?? '';
}

describe('of a user’s customers', () => {
  const open = useStripeServices();

  it('one created and deleted beside the paying one changes neither the portal nor the checkout', async () => {
    const world = await open();
    const id = await pay(world, 'two-customers');
    const { stripe, simulator } = world;
    const second = await stripe.customers.create({ metadata: { userId: 'two-customers' } });
    await stripe.customers.del(second.id);
    await deliver(world);
    expect(await portal(world, 'two-customers')).toBe(simulator.subscription(id)?.customer);
    expect(await checkout(world, 'two-customers')).toEqual({ code: 'already_subscribed' });
    expect(await world.deps.subscriptions.read('two-customers')).toMatchObject({
      subscriptionId: id,
      customerId: simulator.subscription(id)?.customer,
      runningSubscriptions: 1,
    });
  });

  it('the portal opens for the one whose subscription governs, whichever was recorded last', async () => {
    const world = await open();
    const first = await world.customer('governed');
    await world.subscribe(first, 'dearer');
    await deliver(world);
    for (const status of ['canceled', 'none']) {
      const other = await world.customer('governed');
      const { id } = await world.subscribe(other);
      if (status === 'canceled') await world.stripe.subscriptions.cancel(id);
      else await world.stripe.customers.del(other);
      await deliver(world);
    }
    expect(await portal(world, 'governed')).toBe(first);
    expect(await world.deps.subscriptions.read('governed')).toMatchObject({
      customerId: first,
      planId: 'team',
    });
  });

  it('the portal opens for the paid one, where another is active with an unpaid invoice', async () => {
    const world = await open();
    const paid = await world.customer('half-paid');
    await world.subscribe(paid, 'monthly');
    await world.advance(DAY_MS);
    const other = await world.customer('half-paid');
    const { id } = await world.subscribe(other, 'monthly');
    world.simulator.control.setCard(other, 'declines');
    await world.advance(5 * DAY_MS);
    for (const price of ['dearer', 'monthly', 'dearer'] as const) await world.changePrice(id, price);
    await deliver(world);
    expect(world.simulator.subscription(id)?.status).toBe('active');
    expect(await world.deps.subscriptions.read('half-paid')).toMatchObject({
      customerId: paid,
      planId: 'pro',
    });
    expect(await portal(world, 'half-paid')).toBe(paid);
  });

  it('each is read before a second subscription is sold', async () => {
    const world = await open();
    const customers = [await world.customer('asked'), await world.customer('asked')];
    for (const customer of customers) {
      const { id } = await world.subscribe(customer);
      await world.stripe.subscriptions.cancel(id);
      await deliver(world);
    }
    expect(await checkout(world, 'asked')).toMatchObject({ code: 'created' });
    // Its event is still on the way.
    await world.subscribe(customers[0] ?? '');
    expect(await checkout(world, 'asked')).toEqual({ code: 'already_subscribed' });
  });

  it('one unknown to this Stripe account is not recorded, nor is its payment', async () => {
    const world = await open();
    const { deps } = world;
    const object = {
      id: 'in_elsewhere',
      customer: 'cus_elsewhere',
      amount_paid: 9_999,
      metadata: { userId: 'foreign' },
      parent: { subscription_details: { subscription: 'sub_elsewhere', metadata: { userId: 'foreign' } } },
    };
    const event = { id: 'evt_elsewhere', type: 'invoice.paid', created: 2_000_000_000, data: { object } };
    expect(await handleStripeEvent(deps, event)).toMatchObject({ convergence: { code: 'unknown_user' } });
    const deleted = {
      ...event,
      id: 'evt_deleted',
      type: 'customer.deleted',
      data: { object: { ...object, id: 'cus_x' } },
    };
    expect(await handleStripeEvent(deps, deleted)).toMatchObject({ convergence: { code: 'unknown_user' } });
    expect(await deps.subscriptions.customersOf('foreign')).toEqual([]);
    expect(await deps.subscriptions.userOf('cus_elsewhere')).toBeUndefined();
    expect((await deps.subscriptions.payments('foreign', 10)).items).toEqual([]);
  });

  it('a payment is listed as at Stripe, and only if Stripe has it', async () => {
    const world = await open();
    await pay(world, 'payer');
    const { deps, simulator } = world;
    const [payment] = (await deps.subscriptions.payments('payer', 10)).items;
    expect(payment).toMatchObject({ outcome: 'paid', amount: 1_000, currency: 'usd' });
    const [customer] = await deps.subscriptions.customersOf('payer');
    const claim = (id: string, more: object) =>
      handleStripeEvent(deps, {
        id: `evt_${id}`,
        type: 'invoice.paid',
        created: 2_000_000_100,
        data: { object: { id: 'in_none', customer, amount_paid: 9_999, currency: 'usd', ...more } },
      });
    await claim('no-invoice', {});
    const another = await world.customer('another-payer');
    await world.subscribe(another);
    const theirs = simulator.invoices().find((invoice) => invoice.customer === another);
    await claim('anothers-invoice', { id: theirs?.id });
    expect((await deps.subscriptions.payments('payer', 10)).items).toHaveLength(1);
  });
});

describe('of a user’s checkouts', () => {
  const open = useStripeServices();

  it('the others expire when one is paid; those of other users and other goods stay', async () => {
    const world = await open();
    const { stripe, simulator, prices } = world;
    const [first, second] = [await checkout(world, 'twice-open'), await checkout(world, 'twice-open')];
    const stranger = await checkout(world, 'somebody-else');
    if (first.code !== 'created' || second.code !== 'created' || stranger.code !== 'created')
      throw new Error('not created');
    const { customer } = await stripe.checkout.sessions.retrieve(first.sessionId);
    const goods = await stripe.checkout.sessions.create({
      mode: 'subscription',
      customer: String(customer),
      line_items: [{ price: prices.unknown, quantity: 1 }],
      success_url: PAGES.successUrl,
    });
    expect(simulator.control.payCheckout(first.sessionId)).toBe(true);
    await deliver(world);
    const statusOf = async (id: string) => (await stripe.checkout.sessions.retrieve(id)).status;
    expect(await statusOf(second.sessionId)).toBe('expired');
    expect([await statusOf(goods.id), await statusOf(stranger.sessionId)]).toEqual(['open', 'open']);
    expect(simulator.control.payCheckout(second.sessionId)).toBe(false);
  });

  it('expire also if only the sync finds the paid one', async () => {
    const world = await open();
    await syncSubscriptions(world.deps, { mayContinue: () => true });
    const [first, second] = [await checkout(world, 'unheard'), await checkout(world, 'unheard')];
    if (first.code !== 'created' || second.code !== 'created') throw new Error('not created');
    world.simulator.control.payCheckout(first.sessionId);
    await syncSubscriptions(world.deps, { mayContinue: () => true });
    expect((await world.stripe.checkout.sessions.retrieve(second.sessionId)).status).toBe('expired');
  });

  it('two that are paid at once are reported until one subscription is gone', async () => {
    const world = await open();
    const [first, second] = [await checkout(world, 'double'), await checkout(world, 'double')];
    if (first.code !== 'created' || second.code !== 'created') throw new Error('not created');
    for (const { sessionId } of [first, second]) world.simulator.control.payCheckout(sessionId);
    await deliver(world);
    const count = async () => (await world.deps.subscriptions.read('double'))?.runningSubscriptions;
    expect(await count()).toBe(2);
    const walk = () => syncSubscriptions(world.deps, { force: true, mayContinue: () => true });
    expect((await walk()).severalSubscriptions).toBeGreaterThan(0);
    const local = await world.deps.subscriptions.read('double');
    const other = world.simulator.subscriptions().find(({ id }) => id !== local?.subscriptionId);
    await world.stripe.subscriptions.cancel(other?.id ?? '');
    // Its event is lost: the walk finds it.
    expect((await walk()).changed).toBe(1);
    expect(await count()).toBe(1);
    expect((await walk()).severalSubscriptions).toBe(0);
  });
});

describe('a trial', () => {
  const open = useStripeServices();

  it('is the plan’s, and a user has one: later checkouts sell without, unless the request insists', async () => {
    const world = await open();
    const id = await pay(world, 'trier', undefined, 14);
    expect(world.simulator.subscription(id)).toMatchObject({ status: 'trialing' });
    await world.stripe.subscriptions.cancel(id);
    await deliver(world);
    expect(await checkout(world, 'trier', true, 14)).toEqual({ code: 'trial_used' });
    const again = await pay(world, 'trier', undefined, 14);
    expect(world.simulator.subscription(again)).toMatchObject({ status: 'active', trial_end: null });
  });

  it('stays used when its customer was deleted', async () => {
    const world = await open();
    const id = await pay(world, 'trier-again', true, 14);
    await world.stripe.customers.del(String(world.simulator.subscription(id)?.customer));
    await deliver(world);
    expect(await checkout(world, 'trier-again', true, 14)).toEqual({ code: 'trial_used' });
    await world.advance(1_000);
    await pay(world, 'trier-again', undefined, 14);
    const next = world.simulator.subscriptions().at(-1);
    expect(next).toMatchObject({ status: 'active' });
    // No local record leads to the subscription with the trial any more.
    await world.stripe.subscriptions.cancel(next?.id ?? '');
    await deliver(world);
    const stripe = overlaid(world.deps.stripe, { subscriptionsOf: async () => [] });
    const forgotten = { ...world, deps: { ...world.deps, stripe } };
    expect(await checkout(forgotten, 'trier-again', true, 14)).toEqual({ code: 'trial_used' });
  });

  it('is not sold if the request or the plan has none; insisting on a missing one is refused', async () => {
    const world = await open();
    expect(await checkout(world, 'no-trial', true)).toEqual({ code: 'no_trial' });
    const id = await pay(world, 'no-trial', false, 14);
    expect(world.simulator.subscription(id)).toMatchObject({ status: 'active' });
  });
});

describe('a stranger', () => {
  const open = useStripeServices();

  it('paying by a link with another user’s reference changes no user', async () => {
    const world = await open();
    const { stripe, prices, simulator, deps } = world;
    await pay(world, 'victim');
    const before = [await deps.subscriptions.read('victim'), await accountOf(world, 'victim')];
    const link = await stripe.checkout.sessions.create({
      mode: 'subscription',
      client_reference_id: 'victim',
      line_items: [{ price: prices.dearer, quantity: 1 }],
      success_url: PAGES.successUrl,
    });
    simulator.control.payCheckout(link.id);
    await deliver(world);
    await syncSubscriptions(deps, { force: true, mayContinue: () => true });
    expect([await deps.subscriptions.read('victim'), await accountOf(world, 'victim')]).toEqual(before);
    const { customer } = await stripe.checkout.sessions.retrieve(link.id);
    expect(await deps.subscriptions.customersOf('victim')).not.toContain(customer);
  });

  it.each(['zoë@example.com', '<script>', 'u'.repeat(300), '#'])(
    'named %j is no user: nothing is created',
    async (name) => {
      const world = await open();
      const { id } = await world.subscribe(await world.customer(name));
      expect(await convergeSubscription(world.deps, { subscriptionId: id })).toMatchObject({
        code: 'unknown_user',
      });
      const counts = await syncSubscriptions(world.deps, { force: true, mayContinue: () => true });
      expect(counts).toMatchObject({ unknownUsers: expect.any(Number), changed: 0, failed: 0 });
      expect(counts.unknownUsers).toBeGreaterThan(0);
      expect(await world.deps.subscriptions.read(name)).toBeUndefined();
      expect(await world.deps.subscriptions.customersOf(name)).toEqual([]);
    },
  );

  it('of a subscription moved by its metadata is followed: the new user has it, the former one not', async () => {
    const world = await open();
    const { deps, stripe } = world;
    const id = await pay(world, 'giver');
    await stripe.subscriptions.update(id, { metadata: { userId: 'taker' } });
    const outcome = await convergeSubscription(deps, { subscriptionId: id });
    expect(outcome).toMatchObject({ code: 'converged', userId: 'taker', isContested: true });
    expect(await accountOf(world, 'taker')).toMatchObject({ plan: { id: 'pro' } });
    expect(await accountOf(world, 'giver')).toMatchObject({ plan: { id: 'free' } });
    expect(await deps.subscriptions.read('giver')).toMatchObject({ status: 'CANCELED' });
    expect(await portal(world, 'taker')).toBe(world.simulator.subscription(id)?.customer);
    // A walk reports the two names, and changes nothing.
    const counts = await syncSubscriptions(deps, { force: true, mayContinue: () => true });
    expect(counts.changed).toBe(0);
    expect(counts.contested).toBeGreaterThan(0);
  });
});

describe('a product that no plan sells', () => {
  const open = useStripeServices();

  it('decides nothing: not when the plan ends, not at the checkout, not by a walk', async () => {
    const world = await open();
    const { deps, stripe, prices } = world;
    const id = await pay(world, 'both');
    const { customer, default_payment_method } = await stripe.subscriptions.retrieve(id);
    const card = { default_payment_method: String(default_payment_method) };
    await world.subscribe(String(customer), 'unknown', card);
    await deliver(world);
    expect(await accountOf(world, 'both')).toMatchObject({ plan: { id: 'pro' } });
    await stripe.subscriptions.cancel(id);
    await deliver(world);
    expect(await accountOf(world, 'both')).toMatchObject({ plan: { id: 'free' } });
    const counts = await syncSubscriptions(deps, { force: true, mayContinue: () => true });
    expect(counts).toMatchObject({ changed: 0, unknownPrices: [prices.unknown] });
    expect(await accountOf(world, 'both')).toMatchObject({ plan: { id: 'free' } });
    expect(await checkout(world, 'both')).toMatchObject({ code: 'created' });
  });

  it('takes effect once a plan names its price', async () => {
    const world = await open();
    const { deps, prices } = world;
    const { id } = await world.subscribe(await world.customer('named-later'), 'unknown');
    await deliver(world);
    expect(await deps.subscriptions.read('named-later')).toBeUndefined();
    const event = world.simulator.events().find(({ type }) => type === 'customer.subscription.created');
    const plans = overlaid(deps.plans, { planOfPrices: async () => new Map([[prices.unknown, 'team']]) });
    const outcome = await handleStripeEvent(
      { ...deps, plans },
      { id: event?.id ?? '', type: 'customer.subscription.created', created: 0, data: { object: { id } } },
    );
    expect(outcome).toMatchObject({ convergence: { code: 'converged', subscription: { planId: 'team' } } });
  });
});

describe('a sync of one user', () => {
  const open = useStripeServices();
  const sync = ({ deps }: StripeService, userId: string) =>
    syncSubscriptions(deps, { userId, mayContinue: () => true });

  it('finds by metadata a customer, or a subscription, that no event led to', async () => {
    const world = await open();
    await world.subscribe(await world.customer('by-customer'));
    const { id } = await world.stripe.customers.create({});
    world.simulator.control.setCard(id, 'works');
    await world.subscribe(id, 'monthly', { metadata: { userId: 'by-subscription' } });
    for (const userId of ['by-customer', 'by-subscription']) {
      expect(await sync(world, userId)).toMatchObject({ changed: 1, noSubscription: 0 });
      expect(await accountOf(world, userId)).toMatchObject({ plan: { id: 'pro' } });
    }
  });

  it('reports when there is none', async () => {
    const world = await open();
    await world.advance(DAY_MS);
    expect(await sync(world, 'never-subscribed')).toMatchObject({ changed: 0, noSubscription: 1 });
  });
});
