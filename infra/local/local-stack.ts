import { join } from 'node:path';
import { type ControlHandler, startAwsEndpoint } from './aws/aws-endpoint.ts';
import { CapturedMessages } from './aws/captured-messages.ts';
import { eventBusService } from './aws/event-bus.ts';
import { MetricStore } from './aws/metric-store.ts';
import { noticeService } from './aws/notice-topic.ts';
import { objectService } from './aws/object-store.ts';
import { secretsService } from './aws/secrets.ts';
import type { FirstKeys } from './bootstrap-keys.ts';
import { type ClockMove, ClockMover } from './clock-mover.ts';
import type { LocalCaches } from './emulators/caches.ts';
import { httpApiDefinition } from './gateway/http-api-definition.ts';
import { startHttpGateway } from './gateway/http-gateway.ts';
import { prepare, type Stops } from './ground.ts';
import { freePort } from './host/free-port.ts';
import { AsyncFunctions } from './lambda/async-functions.ts';
import { FailureDestination } from './lambda/failure-destination.ts';
import type { InvocationOutcome } from './lambda/lambda-environment.ts';
import { lambdaService } from './lambda/lambda-service.ts';
import { LocalFunctions } from './lambda/local-functions.ts';
import type { Detour, LocalStackOptions } from './local-stack-options.ts';
import { sellPlans, startLocalStripe } from './local-stripe.ts';
import { LocalSchedules } from './schedule/local-schedules.ts';
import { startTablesAndStreams } from './stream/local-streams.ts';
import { runTriggers } from './triggers.ts';

const NO_DETOUR: Detour = async (_, url) => url;

/** The whole stack, running. */
export interface LocalStack extends FirstKeys {
  /** Where the HTTP API is, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly dynamodbEndpoint: string;
  /** Port of the redis-server behind the caches; absent where there is none. */
  readonly redisPort?: number;
  /** Of the Stripe simulator; absent with a real account. */
  readonly stripeUrl?: string;
  /** The stack's one table. */
  readonly tableName: string;
  /**
   * Where the stack takes its own requests: `GET /`, `GET /events`, `POST /schedules/<name>`,
   * `POST /functions/<entry>`, `GET` and `POST /clock`.
   */
  readonly controlUrl: string;
  readonly logFile: string;
  readonly functionEntries: readonly string[];
  readonly scheduleNames: readonly string[];
  /** Calls a function with an event, as the console's test button does. */
  invoke(functionEntry: string, event: unknown): Promise<InvocationOutcome>;
  /** Fires a schedule now: by its name, or by the entry of the only function it calls. */
  runSchedule(name: string): Promise<InvocationOutcome>;
  /** Moves the time of the whole stack, as `POST /clock` does: `{byMs}` or `{to}`. */
  moveClock(request: { readonly byMs: number } | { readonly to: string }): Promise<ClockMove>;
  /** Ends all of it; nothing is left but what `dataFolder` keeps. */
  stop(): Promise<void>;
}

/** Characters of an event or notice that are shown; the log has all of it. */
const CONSOLE_WIDTH = 200;

/** On two cores more of them only take longer to get warm. */
const DEFAULT_MAX_ENVIRONMENTS = 4;

/**
 * Runs the synthesized stack on this machine: what exists, and how it hangs together, is read from the cloud assembly.
 *
 * @throws MissingPrerequisite when DynamoDB Local cannot be had
 * @throws Error when a port or the data folder is in use, what is kept cannot be read, the app does not synthesize, or a trigger
 *   fails; what was started is stopped then
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const stops: Stops = [];
  const stop = () => undo(stops);
  try {
    return { ...(await start(options, stops)), stop };
  } catch (error) {
    // What failed first is the cause.
    await stop().catch(() => {});
    throw error;
  }
}

/** Undoes the last first, and all of it also where one fails. @throws what failed first */
async function undo(stops: Stops): Promise<void> {
  const failures: unknown[] = [];
  for (const stopOne of stops.splice(0).reverse()) {
    try {
      await stopOne();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

async function start(options: LocalStackOptions, stops: Stops): Promise<Omit<LocalStack, 'stop'>> {
  const port = await freePort(options.port);
  const { dataFolder, scratch, log, keys, clock, dynamodb, caches, assembly } = await prepare(options, stops);

  const control: ControlHandler = async (method, path, body) => {
    if (path === '/clock') return method === 'POST' ? mover.move(body) : mover.read();
    if (method === 'GET') return path === '/events' ? { events: news.items } : description();
    const [, kind, name = ''] = /^\/(schedules|functions)\/(.+)$/.exec(path) ?? [];
    if (kind === 'schedules') return schedules.run(name);
    return kind === 'functions' ? functions.byEntry(name).invoke(body ?? {}) : undefined;
  };
  const stripe = await startLocalStripe(`http://127.0.0.1:${port}/v1/stripe/webhook`, options.stripe, {
    ...(dataFolder && { worldFile: join(dataFolder, 'stripe-simulator.state') }),
    now: clock.now,
    onSaveFailure: (error) => options.onFailure?.(`The Stripe simulator cannot save its account: ${error}.`),
  });
  stops.push(() => stripe.stop());
  const detour = options.detour ?? NO_DETOUR;
  const redis = options.redis ?? addressOf(caches);
  const secretsmanager = secretsService(assembly, [
    { ...keys },
    { ...redis, ...(redis.url && { url: await detour('redis', redis.url) }) },
    {
      ...stripe.secret,
      ...(stripe.simulator && { apiBase: await detour('stripe', stripe.simulator.url) }),
    },
  ]);
  const logNews = log.for('events');
  const news = new CapturedMessages((line) => {
    logNews(line);
    options.announce?.(line.length > CONSOLE_WIDTH ? `${line.slice(0, CONSOLE_WIDTH)}…` : line);
  });
  const AWSEvents = eventBusService(assembly, news);
  const notices = noticeService(assembly, news);
  const metrics = new MetricStore();
  const objects = objectService(assembly, join(dataFolder ?? scratch, 'objects'), (path) =>
    options.announce?.(`object ${aws.url}${path}`),
  );
  // Called by functions, which are there by then.
  const lambda = lambdaService((name, event) => asyncFunctions.invoke(name, event), log.for('lambda'));
  const aws = await startAwsEndpoint(
    { secretsmanager, AWSEvents, GraniteServiceVersion20100801: metrics.serve },
    control,
    log.for('aws'),
    [lambda, notices, objects],
  );
  stops.push(() => aws.stop());

  const AWS_ENDPOINT_URL_DYNAMODB = await detour('dynamodb', dynamodb.endpoint);
  const endpoints = { ...aws.variables, AWS_ENDPOINT_URL_DYNAMODB };
  const maxEnvironments = options.maxEnvironments ?? DEFAULT_MAX_ENVIRONMENTS;
  const functions = new LocalFunctions(
    assembly,
    endpoints,
    maxEnvironments,
    {
      ...log,
      for: (source) => {
        const write = log.for(source);
        return (line) => {
          metrics.take(line);
          write(line);
        };
      },
    },
    clock.shared,
  );
  stops.push(() => functions.stop());

  const destination = new FailureDestination(join(dataFolder ?? scratch, 'given-up'), log.for('given-up'));
  const asyncFunctions = new AsyncFunctions(assembly, functions, destination);
  stops.push(() => asyncFunctions.stop());
  const checkpointFolder = dataFolder && join(dataFolder, 'dynamodb');
  const streams = await startTablesAndStreams({
    assembly,
    dynamodbEndpoint: dynamodb.endpoint,
    functions,
    destination,
    log,
    checkpointFolder,
  });
  // At once: a batch in flight must not hold up the end for as long as its function may take.
  stops.push(() => Promise.all([streams.stop(), functions.stop()]));
  await runTriggers(assembly, functions);

  const schedules = new LocalSchedules(assembly, functions, asyncFunctions, log, clock.now);
  stops.push(() => schedules.stop());
  const mover = new ClockMover({
    clock,
    simulator: stripe.simulator,
    schedules,
    flushCaches: async () => caches?.flush(),
  });
  const functionByArn = (arn: string) => functions.byArn(arn);
  const gateway = await startHttpGateway(
    httpApiDefinition(assembly),
    port,
    functionByArn,
    log.for('gateway'),
    { allowedHosts: options.allowedHosts, now: clock.now },
  );
  stops.push(() => gateway.stop());
  if (stripe.simulator) {
    await sellPlans(stripe.simulator, { url: gateway.url, adminKey: keys.adminKey }, options.report);
    stripe.simulator.control.resumeDeliveries();
  }

  const description = () => ({
    url: gateway.url,
    dynamodbEndpoint: dynamodb.endpoint,
    ...(caches && { redisPort: caches.redisPort }),
    ...(stripe.simulator && { stripeUrl: stripe.simulator.url }),
    tableName: streams.tableNames[0] ?? '',
    controlUrl: `${aws.url}/_local`,
    logFile: log.file,
    functionEntries: functions.entries,
    scheduleNames: schedules.names,
  });
  return {
    ...description(),
    ...keys,
    invoke: (functionEntry, event) => functions.byEntry(functionEntry).invoke(event),
    runSchedule: (name) => schedules.run(name),
    moveClock: (request) => mover.move(request),
  };
}

/** What the secret with Redis' address says. */
function addressOf(caches: LocalCaches | undefined): { url?: string; token?: string } {
  return caches ? { url: caches.url, token: caches.token } : {};
}
