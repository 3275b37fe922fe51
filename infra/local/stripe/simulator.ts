import type Stripe from 'stripe';
import { Api, type ApiAnswer, type ApiRequest } from './api.ts';
import { SimulatorClock } from './clock.ts';
import { SimulatorControl } from './control.ts';
import { serveControl } from './control-routes.ts';
import { Deliveries } from './deliveries.ts';
import type { DeliveryPlan } from './delivery-plan.ts';
import { listen } from './http-server.ts';
import { servePage } from './page-routes.ts';
import type { WebhookReceiver } from './post-webhook.ts';
import { allRoutes } from './routes.ts';
import { DEFAULT_SETTINGS, type SimulatorSettings } from './settings.ts';
import type { StoredSubscription } from './stored-objects.ts';
import { runTask } from './tasks.ts';
import { World } from './world.ts';

export interface SimulatorOptions extends Partial<SimulatorSettings> {
  /** Epoch milliseconds at which the clock stands until it is moved. @default it runs with the machine's clock */
  readonly standsAtMs?: number;
  /** Gets every event. @default no endpoint; more can be made by the API */
  readonly webhookUrl?: string;
  /** All of them sign. @default one is made */
  readonly webhookSecrets?: readonly string[];
  /** Takes deliveries inside of the process, in place of HTTP. */
  readonly webhookReceiver?: WebhookReceiver;
  /** `manual`: deliveries wait for `control.deliver`. @default at-once */
  readonly deliver?: 'at-once' | 'manual';
  readonly deliverPlan?: DeliveryPlan;
  /** The time that signatures carry. @default wall, since receivers compare it with their own clock */
  readonly signatureTime?: 'wall' | 'simulator';
}

/** A simulated Stripe account. */
export interface StripeSimulator {
  readonly secretKey: string;
  readonly control: SimulatorControl;
  /** In place of the network: `new Stripe(key, { httpClient: Stripe.createFetchHttpClient(simulator.fetch) })`. */
  readonly fetch: typeof fetch;
  subscription(id: string): StoredSubscription | undefined;
  /** Oldest first. */
  subscriptions(): StoredSubscription[];
  customers(): Stripe.Customer[];
  invoices(): Stripe.Invoice[];
  /** Oldest first; those that are still kept. */
  events(): Stripe.EventBase[];
  stop(): Promise<void>;
}

export interface RunningStripeSimulator extends StripeSimulator {
  readonly url: string;
  readonly port: number;
}

interface Made extends StripeSimulator {
  readonly world: World;
  serve(request: ApiRequest): Promise<ApiAnswer | undefined>;
}

/** An account inside of the process, without a server. */
export function createStripeSimulator(options: SimulatorOptions = {}): StripeSimulator {
  return make(options);
}

/** An account served on 127.0.0.1, for the SDK's `{ host: '127.0.0.1', port, protocol: 'http' }`. */
export async function startStripeSimulator(
  options: SimulatorOptions & {
    /** @default any free one */
    readonly port?: number;
  } = {},
): Promise<RunningStripeSimulator> {
  const made = make(options);
  const server = await listen(options.port ?? 0, made.serve);
  made.world.baseUrl = `http://127.0.0.1:${server.port}`;
  const stop = async () => {
    await made.stop();
    await server.close();
  };
  return { ...made, url: made.world.baseUrl, port: server.port, stop };
}

/** How often what has become due is looked for, where the clock runs by itself. */
const TICK_MS = 1_000;

function make(options: SimulatorOptions): Made {
  const clock = new SimulatorClock(options.standsAtMs);
  const settings = { ...DEFAULT_SETTINGS, ...definedSettings(options) };
  const world = new World(settings, () => clock.now(), runTask);
  const secrets = world.webhookSecrets;
  const mode = options.deliver ?? 'at-once';
  const signedAt =
    options.signatureTime === 'simulator' ? () => clock.now() : () => Math.floor(Date.now() / 1_000);
  const deliveries = new Deliveries(world, {
    mode,
    plan: options.deliverPlan ?? {},
    secrets,
    signedAt,
    receiver: options.webhookReceiver,
  });
  const api = new Api(world, allRoutes(secrets));
  const control = new SimulatorControl({ world, api, clock, deliveries, secrets, mode });
  if (options.webhookUrl !== undefined || options.webhookReceiver) {
    const own = options.webhookSecrets ?? [world.ids.webhookSecret()];
    control.addWebhookEndpoint(options.webhookUrl ?? 'http://127.0.0.1/webhook', own);
  }
  const ticker =
    options.standsAtMs === undefined ? setInterval(() => control.runDue(), TICK_MS).unref() : undefined;
  const serve = async (request: ApiRequest) => {
    if (ticker) control.runDue();
    return (await serveControl(control, request)) ?? servePage(world, request) ?? api.serve(request);
  };
  return {
    world,
    serve,
    control,
    secretKey: settings.secretKey,
    fetch: (input, init) => fetchFrom(serve, input, init),
    subscription: (id) => world.subscriptions.get(id),
    subscriptions: () => [...world.subscriptions.oldestFirst()],
    customers: () => [...world.customers.oldestFirst()],
    invoices: () => [...world.invoices.oldestFirst()],
    events: () => [...world.events.oldestFirst()],
    stop: async () => {
      clearInterval(ticker);
      deliveries.stop();
      await deliveries.settled();
    },
  };
}

/** Settings alone, and of those the ones that were given. */
function definedSettings(options: SimulatorOptions): Partial<SimulatorSettings> {
  const names = Object.keys(DEFAULT_SETTINGS);
  return Object.fromEntries(
    Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

async function fetchFrom(
  serve: Made['serve'],
  ...[input, init]: Parameters<typeof fetch>
): Promise<Response> {
  const request = new Request(input, init);
  const { pathname, search } = new URL(request.url);
  const answer = await serve({
    method: request.method,
    target: pathname + search,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  });
  if (!answer) throw Object.assign(new TypeError('fetch failed'), { code: 'ECONNRESET' });
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
