import { noticeOf, type StripeEvent, type StripeNotice } from '../domain/stripe-event.ts';
import { convergeSubscription } from './converge-subscription.ts';
import { isSettled, savePayment } from './handle-stripe-event.ts';
import type { SyncDeps } from './sync-subscriptions.ts';
import type { SyncTally } from './sync-tally.ts';

/** Events may be listed a little later than they are dated, and clocks differ: so much is looked at again. */
const OVERLAP_MS = 5 * 60_000;

/** All the news of one customer. */
interface CustomerNews {
  readonly customerId: string | undefined;
  readonly events: { readonly event: StripeEvent; readonly notice: StripeNotice }[];
}

/**
 * Acts on every event since `eventsBefore` (epoch ms) that no webhook has brought: once for each customer, however many
 * there are. Returns until when all is dealt with now; what failed, or found no time, comes again.
 */
export async function syncEvents(deps: SyncDeps, tally: SyncTally, eventsBefore: number): Promise<number> {
  const startedAt = deps.now();
  const events = await missedEvents(deps, tally, eventsBefore - OVERLAP_MS);
  const left = await tally.run(byCustomer(events), (news) => convergeCustomer(deps, news));
  const oldestLeft = left.flatMap((news) => news.events).map(({ event }) => event.created * 1_000);
  return Math.min(startedAt, ...oldestLeft);
}

/** The oldest first. */
async function missedEvents(deps: SyncDeps, tally: SyncTally, since: number): Promise<StripeEvent[]> {
  const missed: StripeEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await tally.patiently(() => deps.stripe.pageOfEvents(since, after));
    // What is done was fetched after the event was made: nothing is left to see.
    const done = await deps.stripeEvents.done(page.items.map(({ id }) => id));
    missed.push(...page.items.filter(({ id }) => !done.has(id)));
    after = page.items.at(-1)?.id;
    if (!page.hasMore || after === undefined) return missed.reverse();
  }
}

function byCustomer(events: readonly StripeEvent[]): CustomerNews[] {
  const news = new Map<string, CustomerNews>();
  for (const event of events) {
    const notice = noticeOf(event);
    if (!notice) continue;
    const { customerId } = notice;
    const key = customerId ?? event.id;
    const known = news.get(key) ?? { customerId, events: [] };
    known.events.push({ event, notice });
    news.set(key, known);
  }
  return [...news.values()];
}

async function convergeCustomer(deps: SyncDeps, { customerId, events }: CustomerNews) {
  const find = (name: 'userId' | 'subscriptionId') =>
    events.map(({ notice }) => notice[name]).find((value) => value !== undefined);
  const convergence = await convergeSubscription(deps, {
    customerId,
    userId: find('userId'),
    subscriptionId: find('subscriptionId'),
  });
  for (const { event, notice } of events) {
    await savePayment(deps, notice, convergence);
    if (isSettled(convergence)) await deps.stripeEvents.finish(event.id, deps.now());
  }
  return convergence;
}
