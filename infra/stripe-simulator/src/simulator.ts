import type Stripe from 'stripe';
import { GroupedSave } from '../../local/host/grouped-save.ts';
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
import { readWorldFile, type SavedSimulator, unusableWorldFile, writeWorldFile } from './world-file.ts';
import { restoreWorld, worldState } from './world-state.ts';

export interface SimulatorOptions extends Partial<SimulatorSettings> {
  /** Epoch milliseconds at which the clock stands until it is moved. @default it runs with the machine's clock */
  readonly standsAtMs?: number;
  /** What a clock that runs is ahead of, in epoch milliseconds. @default the machine's time */
  readonly now?: () => number;
  /** Gets every event. @default no endpoint; more can be made by the API */
  readonly webhookUrl?: string;
  /** All of them sign. @default one is made */
  readonly webhookSecrets?: readonly string[];
  /** Takes deliveries inside of the process, in place of HTTP. */
  readonly webhookReceiver?: WebhookReceiver;
  /** `manual`: deliveries wait for `control.deliver`. @default at-once */
  readonly deliver?: 'at-once' | 'manual';
  readonly deliverPlan?: DeliveryPlan;
  /** The time that signatures carry. `wall`: without what the simulator alone is ahead. @default wall, since receivers compare it with their own clock */
  readonly signatureTime?: 'wall' | 'simulator';
  /**
   * Keeps the account between starts. A call that changes something is answered once it is saved; `control.resumeDeliveries`
   * begins to deliver. Injected faults, rate limits and delivery plans are not kept.
   * @default in memory
   */
  readonly worldFile?: string;
  /** Called when the world could not be saved. @default the call that changed it is cut */
  readonly onSaveFailure?: (error: unknown) => void;
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
  /** Where the pages of a restored account were. */
  readonly formerBaseUrl: string | undefined;
  serve(request: ApiRequest): Promise<ApiAnswer | undefined>;
}

/** An account inside of the process, without a server. */
export function createStripeSimulator(options: SimulatorOptions = {}): StripeSimulator {
  return make(options);
}

/**
 * An account served on 127.0.0.1, for the SDK's `{ host: '127.0.0.1', port, protocol: 'http' }`.
 *
 * @throws Error that names the world file when it cannot be used
 */
export async function startStripeSimulator(
  options: SimulatorOptions & {
    /** @default the one that a restored account had, else any free one */
    readonly port?: number;
  } = {},
): Promise<RunningStripeSimulator> {
  const made = make(options);
  const { world, formerBaseUrl } = made;
  const server = await listenAgain(options.port, formerBaseUrl, made.serve);
  world.baseUrl = `http://127.0.0.1:${server.port}`;
  if (formerBaseUrl !== undefined) movePages(world, formerBaseUrl);
  const stop = async () => {
    await made.stop();
    await server.close();
  };
  return { ...made, url: world.baseUrl, port: server.port, stop };
}

/** Pages that are open in a browser work on after a restart, unless something else has taken the port. */
function listenAgain(port: number | undefined, formerBaseUrl: string | undefined, serve: Made['serve']) {
  if (port !== undefined || formerBaseUrl === undefined) return listen(port ?? 0, serve);
  return listen(Number(new URL(formerBaseUrl).port), serve).catch(() => listen(0, serve));
}

function movePages(world: World, from: string): void {
  const moved = (url: string) => (url.startsWith(`${from}/`) ? world.baseUrl + url.slice(from.length) : url);
  for (const session of world.checkoutSessions.oldestFirst()) session.url &&= moved(session.url);
  for (const session of world.portalSessions.oldestFirst()) session.url = moved(session.url);
}

/** How often what has become due is looked for, where the clock runs by itself. */
const TICK_MS = 1_000;

function make(options: SimulatorOptions): Made {
  const { worldFile } = options;
  const saved = worldFile === undefined ? undefined : readWorldFile(worldFile);
  const clock = new SimulatorClock(options.standsAtMs, saved?.aheadMs, options.now);
  const settings = { ...DEFAULT_SETTINGS, ...definedSettings(options) };
  const world = new World(settings, () => clock.now(), runTask);
  if (worldFile !== undefined && saved) restoreFrom(worldFile, saved, world);
  const secrets = world.webhookSecrets;
  const mode = options.deliver ?? 'at-once';
  const signedAt =
    options.signatureTime === 'simulator'
      ? () => clock.now()
      : () => Math.floor((options.now ?? Date.now)() / 1_000);
  const deliveries = new Deliveries(world, {
    mode,
    plan: options.deliverPlan ?? {},
    secrets,
    signedAt,
    receiver: options.webhookReceiver,
    held: worldFile !== undefined,
  });
  const api = new Api(world, allRoutes(secrets));
  const control = new SimulatorControl({ world, api, clock, deliveries, secrets, mode });
  if (!saved && (options.webhookUrl !== undefined || options.webhookReceiver)) {
    const own = options.webhookSecrets ?? [world.ids.webhookSecret()];
    control.addWebhookEndpoint(options.webhookUrl ?? 'http://127.0.0.1/webhook', own);
  }
  const save = saverOf(options, world, clock);
  const ticker =
    options.standsAtMs === undefined ? setInterval(() => control.runDue(), TICK_MS).unref() : undefined;
  const answer = async (request: ApiRequest) => {
    if (ticker) control.runDue();
    return (await serveControl(control, request)) ?? servePage(world, request) ?? api.serve(request);
  };
  const serve = save ? savingChanges(answer, save) : answer;
  return {
    world,
    formerBaseUrl: saved?.baseUrl,
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
      await save?.();
    },
  };
}

/** Answers calls that may have changed something once the change is saved, also where the answer is cut. */
function savingChanges(answer: Made['serve'], save: () => Promise<void>): Made['serve'] {
  return async (request) => {
    const answered = await answer(request);
    if (request.method !== 'GET') await save();
    return answered;
  };
}

function restoreFrom(file: string, saved: SavedSimulator, world: World): void {
  try {
    world.quietly(() => restoreWorld(world, saved.world));
  } catch (error) {
    throw unusableWorldFile(file, error);
  }
}

/** Saves the world; undefined where it is not kept. Changes that no call made are saved on their own. */
function saverOf(
  options: SimulatorOptions,
  world: World,
  clock: SimulatorClock,
): (() => Promise<void>) | undefined {
  const { worldFile, onSaveFailure = () => {} } = options;
  if (worldFile === undefined) return undefined;
  const saves = new GroupedSave(() =>
    writeWorldFile(worldFile, {
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
  // A failure was reported by then; there is no call to fail.
  world.onChange = () => void save().catch(() => {});
  return save;
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
