import type Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest } from '../calls/errors.ts';
import { listPage, timeRange } from '../calls/list-page.ts';
import { dropExpiredEvents } from '../world/record-event.ts';
import type { StoredEvent } from '../world/stored-objects.ts';

const MAX_TYPES = 20;

/** Matches the parameter `type`: `customer.*` is a prefix, `*` matches all. */
function matchesType(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function list(call: Call): Stripe.ApiList<StoredEvent> {
  const { world, params } = call;
  const type = params.text('type');
  const types = params.texts('types');
  const isDelivered = params.boolean('delivery_success');
  const created = timeRange(params, 'created');
  if (type !== undefined && types !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: type, types.');
  }
  if ((types?.length ?? 0) > MAX_TYPES) {
    throw invalidRequest(`Array types exceeded maximum ${MAX_TYPES} allowed elements.`, { param: 'types' });
  }
  dropExpiredEvents(world);
  // Wildcards are documented for `type` alone: `types` takes exact names.
  const isWanted = (name: string) => types?.includes(name) ?? matchesType(name, type ?? '*');
  return listPage(call, world.events, {
    kind: 'event',
    url: '/v1/events',
    matches: (event) =>
      isWanted(event.type) &&
      (isDelivered === undefined || (event.pending_webhooks === 0) === isDelivered) &&
      created.contains(event.created),
    isPast: (event) => created.isBefore(event.created),
  });
}

export const eventRoutes: readonly Route[] = [{ method: 'GET', path: '/v1/events', handle: list }];
