import { type EventEffects, effectsOf, type StripeEvent } from '../../domain/subscriptions/stripe-event.ts';
import { convergeSubscription } from './converge-subscription.ts';
import { concludeEvent, isSettled } from './handle-stripe-event.ts';
import type { SyncDeps } from './sync-deps.ts';
import type { SyncTally } from './sync-tally.ts';

/** Events may be listed slightly later than they are dated, and clocks differ: this much is listed again. */
const OVERLAP_MS = 5 * 60_000;

/** All events of one subscription, or of a customer if they name no subscription. */
type SubscriptionEvents = readonly [HandledEvent, ...HandledEvent[]];
interface HandledEvent {
  readonly event: StripeEvent;
  readonly effects: EventEffects;
}

/**
 * Handles every event since `eventsBefore` (epoch ms) that no webhook has delivered: one convergence for all
 * events of a subscription. Returns the instant before which all events are handled (epoch ms); the next run
 * repeats failed and unprocessed ones.
 */
export async function syncEvents(deps: SyncDeps, tally: SyncTally, eventsBefore: number): Promise<number> {
  const startedAt = deps.now();
  const events = await missedEvents(deps, tally, eventsBefore - OVERLAP_MS);
  const left = await tally.run(bySubscription(events), (group) => convergeEvents(deps, group));
  const oldestLeft = left.flat().map(({ event }) => event.created * 1_000);
  return Math.min(startedAt, ...oldestLeft);
}

/** Events without a record of being done, the oldest first. */
async function missedEvents(deps: SyncDeps, tally: SyncTally, since: number): Promise<StripeEvent[]> {
  const missed: StripeEvent[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await tally.patiently(() => deps.stripe.pageOfEvents(since, after));
    // A done event was followed by a fetch, so it has no further information.
    const done = await deps.stripeEvents.done(page.items.map(({ id }) => id));
    missed.push(...page.items.filter(({ id }) => !done.has(id)));
    after = page.items.at(-1)?.id;
    if (!page.hasMore || after === undefined) return missed.reverse();
  }
}

function bySubscription(events: readonly StripeEvent[]): SubscriptionEvents[] {
  const groups = new Map<string, [HandledEvent, ...HandledEvent[]]>();
  for (const event of events) {
    const effects = effectsOf(event);
    if (!effects) continue;
    const key = effects.subscriptionId ?? effects.customerId ?? event.id;
    const known = groups.get(key);
    if (known) known.push({ event, effects });
    else groups.set(key, [{ event, effects }]);
  }
  return [...groups.values()];
}

async function convergeEvents(deps: SyncDeps, events: SubscriptionEvents) {
  const deletedName = events.map(({ effects }) => effects.deletedName).find((name) => name !== undefined);
  const convergence = await convergeSubscription(deps, { ...events[0].effects, deletedName });
  for (const { event, effects } of events) {
    await concludeEvent(deps, effects, convergence);
    if (isSettled(effects, convergence)) await deps.stripeEvents.finish(event.id, deps.now());
  }
  return convergence;
}
