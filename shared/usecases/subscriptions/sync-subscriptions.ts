import type { SyncCursor } from '../../adapters/dynamodb/stripe-event-store.ts';
import { type Convergence, convergeSubscription } from './converge-subscription.ts';
import type { SyncDeps } from './sync-deps.ts';
import { syncEvents } from './sync-events.ts';
import { type SyncContext, type SyncCounts, SyncTally } from './sync-tally.ts';
import { walkSubscriptions } from './walk-subscriptions.ts';

export interface SyncRequest extends SyncContext {
  /** One user alone; without it all. */
  readonly userId?: string | undefined;
  /** Walk through all of Stripe's subscriptions now. */
  readonly force?: boolean | undefined;
}

const DAY_MS = 24 * 3_600_000;
/** A walk a day, however little the hourly runs miss their hour. */
const WALK_EVERY_MS = DAY_MS - 30 * 60_000;
/** Stripe lists events for 30 days; where some may be gone, only a walk tells what they told. */
const EVENTS_KEPT_MS = 29 * DAY_MS;

/**
 * Finds what webhooks missed: by the events since the last run, whose cost follows the changes, and once a day, on demand,
 * or when the cursor is older than events are kept, by comparing every subscription. A run that ends early goes on where it
 * stopped when it is started again, unless that is longer ago than events are kept.
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
  // Nothing is known of the time before the first run: the walk sees what it left behind.
  const cursor = known ?? { version: 0, eventsBefore: now, walkedAt: 0 };
  const isTooOld = cursor.eventsBefore < now - EVENTS_KEPT_MS;
  const isWalkDue = force || isTooOld || cursor.walkedAt <= now - WALK_EVERY_MS;

  const eventsBefore = await syncEvents(deps, tally, Math.max(cursor.eventsBefore, now - EVENTS_KEPT_MS));
  const { walk, ...rest } = cursor;
  const heard: SyncCursor = {
    ...rest,
    eventsBefore,
    version: cursor.version + 1,
    // What a walk has passed may have changed since, and its events may be gone.
    ...(walk && !isTooOld && { walk }),
  };
  const save = (next: SyncCursor) => deps.stripeEvents.saveCursor(next);
  // Another run is under way: what both did was done twice, at worst.
  if (!(await save(heard))) return tally.counts(false);
  if (!isWalkDue && !heard.walk) return tally.counts(tally.isComplete);

  const isWalked = await walkSubscriptions(deps, tally, heard, save);
  return tally.counts(isWalked && tally.isComplete);
}

/** Also finds customers that no event has led here to, by the names that Stripe has. */
async function syncUser(deps: SyncDeps, { userId }: { readonly userId: string }): Promise<Convergence> {
  const known = await deps.subscriptions.customersOf(userId);
  for (const customerId of await deps.stripe.customersNamed(userId)) {
    if (!known.includes(customerId)) await deps.subscriptions.addCustomer(userId, customerId);
  }
  return convergeSubscription(deps, { userId });
}
