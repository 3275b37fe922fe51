import Stripe from 'stripe';
import { DAY } from '../time/calendar.ts';
import { type Json, previousAttributes } from './previous-attributes.ts';
import type { World } from './world.ts';

/** A copy that later changes do not affect. */
function snapshot(object: object): Json {
  return JSON.parse(JSON.stringify(object));
}

/** Records an event of an object and starts its delivery. */
export function recordEvent(
  world: World,
  type: Stripe.Event.Type,
  object: object,
  previous?: { [name: string]: Json },
): void {
  if (world.isQuiet) return;
  const now = world.main.now();
  const event = {
    id: world.ids.long('event', now),
    object: 'event',
    api_version: Stripe.API_VERSION,
    created: now,
    data: {
      object: Object(snapshot(object)),
      ...(previous !== undefined && { previous_attributes: previous }),
    },
    livemode: false,
    pending_webhooks: 0,
    request: { ...world.request },
    type,
  } satisfies Stripe.EventBase;
  dropExpiredEvents(world);
  world.events.add(event);
  world.onEvent(event);
}

/**
 * Changes an object and records an `updated` event with the former values; no event if nothing changed.
 * Returns whether something changed.
 */
export function recordChange(
  world: World,
  type: Stripe.Event.Type,
  object: object,
  change: () => void,
): boolean {
  if (world.isQuiet) {
    change();
    return true;
  }
  const before = snapshot(object);
  change();
  const previous = previousAttributes(before, snapshot(object));
  if (previous) recordEvent(world, type, object, previous);
  return previous !== undefined;
}

/** Removes events that are older than the retention. */
export function dropExpiredEvents(world: World): void {
  const oldest = world.main.now() - world.settings.eventRetentionDays * DAY;
  for (const event of world.events.oldestFirst()) {
    if (event.created >= oldest) return;
    world.events.remove(event.id);
  }
}
