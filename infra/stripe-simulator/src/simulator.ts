import { mkdir, writeFile as writeToFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Stripe from 'stripe';
import type { ApiRequest, ApiResponse } from './calls/http.ts';
import { SimulatorControl } from './control/control.ts';
import { serveControl } from './control/control-routes.ts';
import { servePage } from './pages/page-routes.ts';
import { ALL_ROUTES } from './routes.ts';
import { Api } from './server/api.ts';
import { listen, type ServerHandlers } from './server/http-server.ts';
import type { SimulatorOptions } from './simulator-options.ts';
import { runTask } from './tasks.ts';
import { SimulatorClock } from './time/clock.ts';
import { Deliveries } from './webhooks/deliveries.ts';
import { GroupedSave } from './world/grouped-save.ts';
import { DEFAULT_SETTINGS, type SimulatorSettings } from './world/settings.ts';
import type { StoredSubscription } from './world/stored-objects.ts';
import { World } from './world/world.ts';
import { readWorldFile, type SavedSimulator, unusableWorldFile, writeWorldFile } from './world/world-file.ts';
import { restoreWorld, worldState } from './world/world-state.ts';

/** A simulated Stripe account. */
export interface StripeSimulator {
  readonly secretKey: string;
  readonly control: SimulatorControl;
  /**
   * Replaces the network: `new Stripe(key, { httpClient: Stripe.createFetchHttpClient(simulator.fetch) })`.
   */
  readonly fetch: typeof fetch;
  subscription(id: string): StoredSubscription | undefined;
  /** Oldest first. */
  subscriptions(): StoredSubscription[];
  customers(): Stripe.Customer[];
  invoices(): Stripe.Invoice[];
  /** Oldest first, within the retention. */
  events(): Stripe.EventBase[];
  stop(): Promise<void>;
}

export interface RunningStripeSimulator extends StripeSimulator {
  readonly url: string;
  readonly port: number;
}

interface Made extends StripeSimulator {
  readonly world: World;
  /** Base URL of a restored account's pages. */
  readonly formerBaseUrl: string | undefined;
  serve(request: ApiRequest): Promise<ApiResponse | undefined>;
}

/** Creates an account in the process, without a server. */
export function createStripeSimulator(options: SimulatorOptions = {}): StripeSimulator {
  return make(options);
}

/**
 * Starts an account on 127.0.0.1, for the SDK's `{ host: '127.0.0.1', port, protocol: 'http' }`.
 *
 * @throws Error that names the world file if it cannot be used
 */
export async function startStripeSimulator(
  options: SimulatorOptions & {
    /** @default the port of a restored account if free, else any */
    readonly port?: number;
  } = {},
): Promise<RunningStripeSimulator> {
  const made = make(options);
  const { world, formerBaseUrl } = made;
  const server = await listenAgain(options.port, formerBaseUrl, {
    serve: made.serve,
    accepts: options.accepts,
  });
  world.baseUrl = `http://127.0.0.1:${server.port}`;
  if (formerBaseUrl !== undefined) movePages(world, formerBaseUrl);
  const stop = async () => {
    await made.stop();
    await server.close();
  };
  return { ...made, url: world.baseUrl, port: server.port, stop };
}

/** Reuses the former port, so that open pages work after a restart, unless the port is taken. */
function listenAgain(port: number | undefined, formerBaseUrl: string | undefined, handlers: ServerHandlers) {
  if (port !== undefined || formerBaseUrl === undefined) return listen(port ?? 0, handlers);
  return listen(Number(new URL(formerBaseUrl).port), handlers).catch(() => listen(0, handlers));
}

function movePages(world: World, from: string): void {
  const moved = (url: string) => (url.startsWith(`${from}/`) ? world.baseUrl + url.slice(from.length) : url);
  for (const session of world.checkoutSessions.oldestFirst()) session.url &&= moved(session.url);
  for (const session of world.portalSessions.oldestFirst()) session.url = moved(session.url);
}

/** How often a running clock checks for due tasks. */
const TICK_MS = 1_000;

function make(options: SimulatorOptions): Made {
  const { world, clock, saved } = openWorld(options);
  const deliveries = openDeliveries(world, clock, options);
  const api = new Api(world, ALL_ROUTES);
  const control = new SimulatorControl({ world, api, clock, deliveries, mode: options.deliver ?? 'at-once' });
  if (!saved) addOwnEndpoint(world, control, options);
  const save = saverOf(options, world, clock);
  const ticker =
    options.stoppedAtMs === undefined ? setInterval(() => control.runDue(), TICK_MS).unref() : undefined;
  const respond = async (request: ApiRequest) => {
    if (ticker) control.runDue();
    return (await serveControl(control, request)) ?? servePage(world, request) ?? api.serve(request);
  };
  const serve = save ? savingChanges(respond, save) : respond;
  return {
    world,
    formerBaseUrl: saved?.baseUrl,
    serve,
    control,
    secretKey: world.settings.secretKey,
    fetch: (input, init) => fetchFrom(serve, input, init),
    ...readersOf(world),
    stop: async () => {
      clearInterval(ticker);
      deliveries.stop();
      await deliveries.settled();
      await save?.();
    },
  };
}

/** Creates the world, or restores it from its file. */
function openWorld(options: SimulatorOptions) {
  const { worldFile } = options;
  const saved = worldFile === undefined ? undefined : readWorldFile(worldFile);
  const clock = new SimulatorClock(options.stoppedAtMs, saved?.aheadMs, options.now);
  const settings = { ...DEFAULT_SETTINGS, ...definedSettings(options) };
  const world = new World(settings, () => clock.now(), runTask);
  if (worldFile !== undefined && saved) restoreFrom(worldFile, saved, world);
  return { world, clock, saved };
}

function openDeliveries(world: World, clock: SimulatorClock, options: SimulatorOptions): Deliveries {
  const wallMs = options.now ?? Date.now;
  return new Deliveries(world, {
    mode: options.deliver ?? 'at-once',
    conditions: options.deliveryConditions ?? {},
    signedAt: () => (options.signatureTime === 'simulator' ? clock.now() : Math.floor(wallMs() / 1_000)),
    receiver: options.webhookReceiver,
    held: options.worldFile !== undefined,
  });
}

/** Adds the endpoint of the options, if any. */
function addOwnEndpoint(world: World, control: SimulatorControl, options: SimulatorOptions): void {
  const { webhookUrl, webhookReceiver, webhookSecrets } = options;
  if (webhookUrl === undefined && !webhookReceiver) return;
  const secrets = webhookSecrets ?? [world.ids.webhookSecret()];
  control.addWebhookEndpoint(webhookUrl ?? 'http://127.0.0.1/webhook', secrets);
}

function readersOf(world: World) {
  return {
    subscription: (id: string) => world.subscriptions.get(id),
    subscriptions: () => [...world.subscriptions.oldestFirst()],
    customers: () => [...world.customers.oldestFirst()],
    invoices: () => [...world.invoices.oldestFirst()],
    events: () => [...world.events.oldestFirst()],
  };
}

/** Saves after each call that may have changed the account, before its response. */
function savingChanges(respond: Made['serve'], save: () => Promise<void>): Made['serve'] {
  return async (request) => {
    const response = await respond(request);
    if (request.method !== 'GET') await save();
    return response;
  };
}

function restoreFrom(file: string, saved: SavedSimulator, world: World): void {
  try {
    world.quietly(() => restoreWorld(world, saved.world));
  } catch (error) {
    throw unusableWorldFile(file, error);
  }
}

/**
 * Returns what saves the world; undefined if it is not persisted. Changes of tasks and deliveries are saved
 * too.
 */
function saverOf(
  options: SimulatorOptions,
  world: World,
  clock: SimulatorClock,
): (() => Promise<void>) | undefined {
  const { worldFile, writeFile = writeInPlace, onSaveFailure = () => {} } = options;
  if (worldFile === undefined) return undefined;
  const saves = new GroupedSave(() =>
    writeWorldFile(worldFile, writeFile, {
      baseUrl: world.baseUrl,
      aheadMs: clock.aheadMs,
      world: worldState(world),
    }),
  );
  const save = async () => {
    try {
      await saves.now();
    } catch (error) {
      onSaveFailure(error);
      throw error;
    }
  };
  // The failure was reported, and there is no call to fail.
  world.onChange = () => void save().catch(() => {});
  return save;
}

/** Returns the given settings among the options. */
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
  const response = await serve({
    method: request.method,
    target: pathname + search,
    headers: Object.fromEntries(request.headers),
    body: await request.text(),
  });
  if (!response) throw Object.assign(new TypeError('fetch failed'), { code: 'ECONNRESET' });
  return new Response(response.body, { status: response.status, headers: response.headers });
}

async function writeInPlace(file: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeToFile(file, content);
}
