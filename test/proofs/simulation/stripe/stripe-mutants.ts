import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { subscriptionKey } from '../../../../shared/adapters/dynamodb/keys.ts';
import type { Account } from '../../../../shared/domain/account.ts';
import type { StripeInvoice } from '../../../../shared/domain/subscriptions/stripe-invoice.ts';
import type { StripeSubscription } from '../../../../shared/domain/subscriptions/stripe-subscription.ts';
import type { NodeDeps } from '../node.ts';
import { overlaid } from '../overlaid.ts';
import type { Sabotage } from '../simulate.ts';
import { isLiving } from './subscription-life.ts';

/** Bugs on the way from Stripe to the account. */
export const STRIPE_MUTANTS: Readonly<Record<string, Sabotage>> = {
  'a subscription is saved over any stored one': { rewrite: withoutVersionGuard },
  'a state of Stripe is trusted for a minute': { alter: rememberingStripe },
  'an event is done before its subscription is saved': {
    alter: (deps) =>
      events(deps, {
        claim: async (id, holder, now) => {
          const claim = await deps.stripeEvents.claim(id, holder, now);
          if (claim === 'claimed') await deps.stripeEvents.finish(id, now);
          return claim;
        },
      }),
  },
  'a failed event is done': {
    alter: (deps) => events(deps, { release: (id) => deps.stripeEvents.finish(id, deps.now()) }),
  },
  'a payment counts as written when its event arrives': {
    alter: (deps) => subscriptions(deps, { savePayment: async () => {} }),
  },
  'a failed announcement counts as published': {
    alter: (deps) => ({ ...deps, announce: (subscription) => deps.announce(subscription).catch(() => {}) }),
  },
  'a version is announced by its save': {
    alter: (deps) =>
      subscriptions(deps, {
        save: (subscription, { looks } = { announcedVersion: 0, looks: 0 }) =>
          deps.subscriptions.save(subscription, { looks, announcedVersion: subscription.version }),
      }),
  },
  'an account follows the last writer': {
    alter: (deps) => ({
      ...deps,
      accounts: overlaid(deps.accounts, {
        read: async (userId, options) => {
          const account = await deps.accounts.read(userId, options);
          return account && { ...account, subscriptionVersion: 0 };
        },
      }),
    }),
  },
  'the sync leaves out the newest event': {
    alter: (deps) =>
      stripe(deps, {
        pageOfEvents: async (since, after) => {
          const page = await deps.stripe.pageOfEvents(since, after);
          return after === undefined ? { ...page, items: page.items.slice(1) } : page;
        },
      }),
  },
  'the sync reads one page of events': {
    alter: (deps) =>
      stripe(deps, {
        pageOfEvents: async (since, after) => ({
          ...(await deps.stripe.pageOfEvents(since, after)),
          hasMore: false,
        }),
      }),
  },
  'the walk ends with its first page': {
    alter: (deps) =>
      stripe(deps, {
        pageOfSubscriptions: async (after) => ({
          ...(await deps.stripe.pageOfSubscriptions(after)),
          hasMore: false,
        }),
      }),
  },
  'a subscription in no list counts as gone': {
    alter: (deps) =>
      stripe(deps, {
        subscription: async (id) => {
          const found = await deps.stripe.subscription(id);
          return found && isLiving(found) ? found : undefined;
        },
      }),
  },
  'an unknown price is not read again': { alter: rememberingStrangers },
  'an unpaid subscription counts as past due': { alter: mistaking('unpaid', 'past_due') },
  'a pause is ignored': { alter: mistaking('paused', 'active') },
  'customer balance counts as money': {
    alter: withInvoices((one) => ({
      ...one,
      amount_paid: one.status === 'paid' ? Math.max(0, one.total) : 0,
    })),
  },
  'a free plan counts as paid': {
    alter: withInvoices((one) => ({
      ...one,
      amount_paid: Math.max(1, one.amount_paid),
      lines: {
        data: one.lines.data.map((line) => ({
          ...line,
          amount: Math.max(1, line.amount),
          discount_amounts: [],
        })),
      },
    })),
  },
  'an open invoice is ignored': {
    alter: (deps) =>
      withInvoices((one) => (one.status === 'open' ? undefined : one))(mistaking('past_due', 'active')(deps)),
  },
  'a payment opens its period with every version': { alter: readingAccounts({ usedPayments: null }) },
  'an event without a change ends a plan set by hand': { alter: readingAccounts({ isSubscribed: true }) },
};

function stripe(deps: NodeDeps, changed: Partial<NodeDeps['stripe']>): NodeDeps {
  return { ...deps, stripe: overlaid(deps.stripe, changed) };
}

function events(deps: NodeDeps, changed: Partial<NodeDeps['stripeEvents']>): NodeDeps {
  return { ...deps, stripeEvents: overlaid(deps.stripeEvents, changed) };
}

function subscriptions(deps: NodeDeps, changed: Partial<NodeDeps['subscriptions']>): NodeDeps {
  return { ...deps, subscriptions: overlaid(deps.subscriptions, changed) };
}

function withoutVersionGuard(command: object): object {
  if (!(command instanceof TransactWriteCommand)) return command;
  const items = command.input.TransactItems?.map((item) => {
    if (item.Put?.Item?.sk !== subscriptionKey('').sk) return item;
    const { ConditionExpression: _, ExpressionAttributeValues: __, ...Put } = item.Put;
    return { Put };
  });
  return new TransactWriteCommand({ ...command.input, TransactItems: items });
}

function withInvoices(alterInvoice: (invoice: StripeInvoice) => StripeInvoice | undefined) {
  const altered = (found: StripeSubscription): StripeSubscription => ({
    ...found,
    invoices: found.invoices?.flatMap((one) => alterInvoice(one) ?? []),
  });
  return (deps: NodeDeps): NodeDeps =>
    stripe(deps, {
      subscription: async (id) => {
        const found = await deps.stripe.subscription(id);
        return found && altered(found);
      },
      subscriptionsOf: async (id) => (await deps.stripe.subscriptionsOf(id)).map(altered),
    });
}

function readingAccounts(as: Partial<Pick<Account, 'usedPayments' | 'isSubscribed'>>) {
  return (deps: NodeDeps): NodeDeps => ({
    ...deps,
    accounts: overlaid(deps.accounts, {
      read: async (userId, options) => {
        const account = await deps.accounts.read(userId, options);
        return account && { ...account, ...as };
      },
    }),
  });
}

const BELIEVED_MS = 60_000;

function rememberingStripe(deps: NodeDeps): NodeDeps {
  const memory = new Map<string, { at: number; list: StripeSubscription[] }>();
  return stripe(deps, {
    subscriptionsOf: async (id) => {
      const known = memory.get(id);
      if (known && deps.now() - known.at < BELIEVED_MS) return known.list;
      const list = await deps.stripe.subscriptionsOf(id);
      memory.set(id, { at: deps.now(), list });
      return list;
    },
  });
}

function rememberingStrangers(deps: NodeDeps): NodeDeps {
  const strangers = new Set<string>();
  const planOfPrices = async (ids: readonly string[]) => {
    const found = await deps.plans.planOfPrices(ids.filter((id) => !strangers.has(id)));
    for (const id of ids) if (!found.has(id)) strangers.add(id);
    return found;
  };
  return { ...deps, plans: overlaid(deps.plans, { planOfPrices }) };
}

function mistaking(status: string, another: string) {
  return (deps: NodeDeps): NodeDeps =>
    stripe(deps, {
      subscriptionsOf: async (id) =>
        (await deps.stripe.subscriptionsOf(id)).map((found) =>
          found.status === status ? { ...found, status: another } : found,
        ),
    });
}
