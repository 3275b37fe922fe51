import { Unavailable } from '../../../../shared/domain/faults.ts';
import type { Subscription } from '../../../../shared/domain/subscriptions/subscription.ts';
import { type Network, type Place, request } from '../network.ts';
import type { Node, NodeDeps } from '../node.ts';
import type { VirtualStripe } from './virtual-stripe.ts';

/** As in the real clients. */
const TIMEOUT_MS = { store: 1_000, Stripe: 6_000, bus: 1_000 } as const;

/**
 * A node's Stripe client: its answer was true at an instant between request and answer. Any call may fail.
 */
export function stripeOf(network: Network, node: Node): NodeDeps['stripe'] {
  const ask = <T>(name: string, answer: (stripe: VirtualStripe) => T) =>
    call(network, node, 'Stripe', name, () => answer(network.stripe));
  return {
    subscription: (id) => ask(`ask for ${id}`, (stripe) => stripe.subscription(id)),
    subscriptionsOf: (id) => ask(`list those of ${id}`, (stripe) => stripe.subscriptionsOf(id)),
    customer: (id) => ask(`ask for ${id}`, (stripe) => stripe.customer(id)),
    customersNamed: (id) => ask(`search for ${id}`, (stripe) => stripe.customersNamed(id)),
    invoice: (id) => ask(`ask for ${id}`, (stripe) => stripe.invoice(id)),
    // No checkout is open here.
    openCheckouts: (id) => ask(`list checkouts of ${id}`, () => []),
    expireCheckout: (id) => ask(`expire ${id}`, () => false),
    pageOfSubscriptions: (after) => ask('list subscriptions', (stripe) => stripe.pageOfSubscriptions(after)),
    pageOfEvents: (since, after) => ask('list events', (stripe) => stripe.pageOfEvents(since, after)),
  };
}

/** A node's publisher of subscription changes: a publication may arrive although it seems to have failed. */
export function announcerOf(network: Network, node: Node): NodeDeps['announce'] {
  return (subscription: Subscription) =>
    call(network, node, 'bus', `announce version ${subscription.version}`, () =>
      network.onAnnounced(subscription),
    );
}

async function call<T>(network: Network, node: Node, to: Place, name: string, perform: () => T): Promise<T> {
  try {
    return await request(network, node, { to, name, timeoutMs: TIMEOUT_MS[to], perform });
  } catch (error) {
    throw new Unavailable(`${to} rejected a call`, { cause: error });
  }
}
