import Stripe from 'stripe';
import type { Call, Route } from '../calls/call.ts';
import { invalidRequest, missingParam } from '../calls/errors.ts';
import { listPage } from '../calls/list-page.ts';
import { changedMetadata } from '../calls/metadata.ts';
import type { MetadataChange, Params } from '../calls/params.ts';
import { pathObject } from '../calls/path-object.ts';
import type { StoredWebhookEndpoint } from '../world/stored-objects.ts';
import type { World } from '../world/world.ts';

export interface NewEndpoint {
  readonly url: string;
  readonly enabledEvents: readonly string[];
  readonly description?: string | null | undefined;
  readonly metadata?: MetadataChange | undefined;
}

/** Creates an endpoint. Its secrets are stored apart: Stripe returns one only at creation. */
export function createEndpoint(
  world: World,
  { url, enabledEvents, description, metadata }: NewEndpoint,
  secrets: readonly string[] = [world.ids.webhookSecret()],
): StoredWebhookEndpoint {
  const endpoint = {
    id: world.ids.long('webhookEndpoint', world.main.now()),
    object: 'webhook_endpoint',
    api_version: Stripe.API_VERSION,
    application: null,
    created: world.main.now(),
    description: description ?? null,
    enabled_events: [...enabledEvents],
    livemode: false,
    metadata: changedMetadata({}, metadata),
    status: 'enabled',
    url,
  } satisfies Stripe.WebhookEndpoint;
  world.webhookEndpoints.add(endpoint);
  world.webhookSecrets.set(endpoint.id, secrets);
  return endpoint;
}

const requested = pathObject((world) => world.webhookEndpoints, 'webhook endpoint', 'webhook_endpoint');

/** A dotted name in lower case. The SDK's types reject names that Stripe does not have. */
const EVENT_NAME = /^[a-z0-9_]+(\.[a-z0-9_]+)+$/;

/** Reads exact event names, or `*` for all. Stripe accepts no other wildcard here. */
function readEnabledEvents(params: Params): string[] | undefined {
  const names = params.texts('enabled_events');
  names?.forEach((name, index) => {
    if (name === '*' || EVENT_NAME.test(name)) return;
    const param = `enabled_events[${index}]`;
    throw invalidRequest(`Invalid ${param}: must be the name of an event, or *; '${name}' is neither`, {
      param,
    });
  });
  return names;
}

function update(call: Call): StoredWebhookEndpoint {
  const { params } = call;
  const endpoint = requested(call);
  const url = params.url('url');
  const events = readEnabledEvents(params);
  const disabled = params.boolean('disabled');
  const description = params.clearableText('description');
  const metadata = params.metadata();
  params.done();
  endpoint.url = url ?? endpoint.url;
  endpoint.enabled_events = events ?? endpoint.enabled_events;
  if (disabled !== undefined) endpoint.status = disabled ? 'disabled' : 'enabled';
  if (description !== undefined) endpoint.description = description;
  endpoint.metadata = changedMetadata(endpoint.metadata, metadata);
  return endpoint;
}

function list(call: Call): Stripe.ApiList<StoredWebhookEndpoint> {
  return listPage(call, call.world.webhookEndpoints, {
    kind: 'webhook endpoint',
    url: '/v1/webhook_endpoints',
  });
}

export const webhookEndpointRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/webhook_endpoints',
    handle: ({ world, params }) => {
      const url = params.url('url');
      const enabledEvents = readEnabledEvents(params);
      const description = params.clearableText('description');
      const metadata = params.metadata();
      params.text('api_version');
      params.done();
      if (url === undefined) throw missingParam('url');
      if (!enabledEvents) throw missingParam('enabled_events');
      const endpoint = createEndpoint(world, { url, enabledEvents, description, metadata });
      return { ...endpoint, secret: world.webhookSecrets.get(endpoint.id)?.[0] };
    },
  },
  { method: 'GET', path: '/v1/webhook_endpoints', handle: list },
  { method: 'POST', path: '/v1/webhook_endpoints/:id', handle: update },
];
