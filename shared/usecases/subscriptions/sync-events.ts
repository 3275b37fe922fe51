import { noticeOf, type StripeEvent, type StripeNotice } from '../../domain/subscriptions/stripe-event.ts';
import { convergeSubscription } from './converge-subscription.ts';
import { concludeEvent, isSettled } from './handle-stripe-event.ts';
import type { SyncDeps } from './sync-deps.ts';
import type { SyncTally } from './sync-tally.ts';

/** Events may be listed a little later than they are dated, and clocks differ: so much is looked at again. */
const OVERLAP_MS = 5 * 60_000;

/** All the news of one subscription, or of a customer's where they name none. */
type News = readonly [EventNotice, ...EventNotice[]];
interface EventNotice {
  readonly event: StripeEvent;
  readonly notice: StripeNotice;
}

/**
 * Acts on every event since `eventsBefore` (epoch ms) that no webhook has brought: once for each customer, however many
 * there are. Returns until when all is dealt with now; what failed, or found no time, comes again.
 */
export async function syncEvents(deps: SyncDeps, tally: SyncTally, eventsBefore: number): Promise<number> {
  const startedAt = deps.now();
  const events = await missedEvents(deps, tally, eventsBefore - OVERLAP_MS);
  const left = await tally.run(bySubscription(events), (news) => convergeNews(deps, news));
  const oldestLeft = left.flat().map(({ event }) => event.created * 1_000);
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

function bySubscription(events: readonly StripeEvent[]): News[] {
  const news = new Map<string, [EventNotice, ...EventNotice[]]>();
  for (const event of events) {
    const notice = noticeOf(event);
    if (!notice) continue;
    const key = notice.subscriptionId ?? notice.customerId ?? event.id;
    const known = news.get(key);
    if (known) known.push({ event, notice });
    else news.set(key, [{ event, notice }]);
  }
  return [...news.values()];
}

async function convergeNews(deps: SyncDeps, news: News) {
  const deletedName = news.map(({ notice }) => notice.deletedName).find((name) => name !== undefined);
  const convergence = await convergeSubscription(deps, { ...news[0].notice, deletedName });
  for (const { event, notice } of news) {
    await concludeEvent(deps, notice, convergence);
    if (isSettled(notice, convergence)) await deps.stripeEvents.finish(event.id, deps.now());
  }
  return convergence;
}
