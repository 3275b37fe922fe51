import type { SyncCursor } from '../../adapters/dynamodb/stripe-event-store.ts';
import { type Convergence, convergeSubscription } from './converge-subscription.ts';
import type { SyncDeps } from './sync-deps.ts';
import { syncEvents } from './sync-events.ts';
import { type SyncContext, type SyncCounts, SyncTally } from './sync-tally.ts';
import { walkSubscriptions } from './walk-subscriptions.ts';

export interface SyncRequest extends SyncContext {
  /** Only this user. @default all users */
  readonly userId?: string | undefined;
  /** Walks all of Stripe's subscriptions now. */
  readonly force?: boolean | undefined;
}

const DAY_MS = 24 * 3_600_000;
/** A walk a day, with some tolerance for late hourly runs. */
const WALK_EVERY_MS = DAY_MS - 30 * 60_000;
/** Stripe lists events for 30 days; older changes are only found by a walk. */
const EVENTS_KEPT_MS = 29 * DAY_MS;

/**
 * Finds changes that webhooks missed: by the events since the last run, whose cost is proportional to the
 * changes, and by comparing every subscription, once a day, on demand, or when the cursor is older than
 * Stripe's retention of events. The next run continues one that ended early, unless Stripe no longer has the
 * events since then.
 */
export async function syncSubscriptions(
  deps: SyncDeps,
  { userId, force = false, ...context }: SyncRequest,
): Promise<SyncCounts> {
  const tally = new SyncTally(deps, context);
  if (userId !== undefined) {
    await tally.run([{ userId }], (target) => syncUser(deps, target));
    return tally.counts(true);
  }
  const now = deps.now();
  const known = await deps.stripeEvents.cursor();
  // The first run has no cursor: its walk finds all earlier changes.
  const cursor = known ?? { version: 0, eventsBefore: now, walkedAt: 0 };
  const isTooOld = cursor.eventsBefore < now - EVENTS_KEPT_MS;
  const isWalkDue = force || isTooOld || cursor.walkedAt <= now - WALK_EVERY_MS;

  const eventsBefore = await syncEvents(deps, tally, Math.max(cursor.eventsBefore, now - EVENTS_KEPT_MS));
  const { walk, ...rest } = cursor;
  const advanced: SyncCursor = {
    ...rest,
    eventsBefore,
    version: cursor.version + 1,
    // Otherwise walked subscriptions may have changed, and their events may have expired.
    ...(walk && !isTooOld && { walk }),
  };
  const save = (next: SyncCursor) => deps.stripeEvents.saveCursor(next);
  // Another run is in progress; at worst, some work was done twice.
  if (!(await save(advanced))) return tally.counts(false);
  if (!isWalkDue && !advanced.walk) return tally.counts(tally.isComplete);

  const isWalked = await walkSubscriptions(deps, tally, advanced, save);
  return tally.counts(isWalked && tally.isComplete);
}

/** Also finds customers without any event, by their metadata at Stripe. */
async function syncUser(deps: SyncDeps, { userId }: { readonly userId: string }): Promise<Convergence> {
  const known = await deps.subscriptions.customersOf(userId);
  for (const customerId of await deps.stripe.customersNamed(userId)) {
    if (!known.includes(customerId)) await deps.subscriptions.addCustomer(userId, customerId);
  }
  return convergeSubscription(deps, { userId });
}
