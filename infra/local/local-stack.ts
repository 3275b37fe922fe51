import { join } from 'node:path';
import { withApiUrl } from './assembly/api-url.ts';
import { type ControlHandler, startAwsEndpoint } from './aws/aws-endpoint.ts';
import { CapturedMessages } from './aws/captured-messages.ts';
import { eventBusService } from './aws/event-bus.ts';
import { MetricStore } from './aws/metric-store.ts';
import { noticeService } from './aws/notice-topic.ts';
import { objectService } from './aws/object-store.ts';
import { secretsService } from './aws/secrets.ts';
import type { BootstrapKeys } from './bootstrap-keys.ts';
import { type ClockMove, ClockMover } from './clock-mover.ts';
import type { LocalCaches } from './emulators/caches.ts';
import { httpApiDefinition } from './gateway/http-api-definition.ts';
import { startHttpGateway } from './gateway/http-gateway.ts';
import { freePort } from './host/free-port.ts';
import { AsyncFunctions } from './lambda/async-functions.ts';
import { FailureDestination } from './lambda/failure-destination.ts';
import type { InvocationOutcome } from './lambda/lambda-environment.ts';
import { lambdaService } from './lambda/lambda-service.ts';
import { LocalFunctions } from './lambda/local-functions.ts';
import type { Detour, LocalStackOptions } from './local-stack-options.ts';
import { addPlanPrices, startLocalStripe } from './local-stripe.ts';
import { LocalSchedules } from './schedule/local-schedules.ts';
import { prepare, type Stops } from './stack-base.ts';
import { startTablesAndStreams } from './stream/local-streams.ts';
import { runTriggers } from './triggers.ts';

const NO_DETOUR: Detour = async (_, url) => url;

/** A running stack. */
export interface LocalStack extends BootstrapKeys {
  /** URL of the HTTP API, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly dynamodbEndpoint: string;
  /** Port of the redis-server behind the caches; absent without one. */
  readonly redisPort?: number;
  /** Of the Stripe simulator; absent with a real account. */
  readonly stripeUrl?: string;
  /** The stack's one table. */
  readonly tableName: string;
  /**
   * URL that controls the stack: `GET /`, `GET /events`, `POST /schedules/<name>`, `POST /functions/<entry>`,
   * `GET` and `POST /clock`.
   */
  readonly controlUrl: string;
  readonly logFile: string;
  readonly functionEntries: readonly string[];
  readonly scheduleNames: readonly string[];
  /** Invokes a function with an event, as the console's test button does. */
  invoke(functionEntry: string, event: unknown): Promise<InvocationOutcome>;
  /** Runs a schedule now, by its name or the entry of the only function it calls. */
  runSchedule(name: string): Promise<InvocationOutcome>;
  /** Moves the time of the whole stack, as `POST /clock` does: `{byMs}` or `{to}`. */
  moveClock(request: { readonly byMs: number } | { readonly to: string }): Promise<ClockMove>;
  /** Stops everything; only the data in `dataFolder` remains. */
  stop(): Promise<void>;
}

/** Characters of an event or notice that the console shows; the log has all. */
const CONSOLE_WIDTH = 200;

/** More environments only start slower on two cores. */
const DEFAULT_MAX_ENVIRONMENTS = 4;

/**
 * Runs the synthesized stack on this machine. Resources and their connections are read from the cloud
 * assembly.
 *
 * @throws MissingPrerequisite if DynamoDB Local cannot be installed
 * @throws Error if a port or the data folder is in use, persisted data cannot be read, the app does not
 *   synthesize, or a trigger fails; everything started is stopped then
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const stops: Stops = [];
  const stop = () => undo(stops);
  try {
    return { ...(await start(options, stops)), stop };
  } catch (error) {
    // The first failure is the cause.
    await stop().catch(() => {});
    throw error;
  }
}

/** Stops everything in reverse order, also after failures. @throws the first failure */
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
  const base = await prepare(options, stops);
  const { dataFolder, scratch, log, keys, clock, dynamodb, caches } = base;
  const assembly = withApiUrl(base.assembly, `http://127.0.0.1:${port}`);

  const control: ControlHandler = async (method, path, body) => {
    if (path === '/clock') return method === 'POST' ? mover.move(body) : mover.read();
    if (method === 'GET') return path === '/events' ? { events: messages.items } : description();
    const [, kind, name = ''] = /^\/(schedules|functions)\/(.+)$/.exec(path) ?? [];
    if (kind === 'schedules') return schedules.run(name);
    return kind === 'functions' ? functions.byEntry(name).invoke(body ?? {}) : undefined;
  };
  const stripe = await startLocalStripe(`http://127.0.0.1:${port}/v1/stripe/webhook`, options.stripe, {
    ...(dataFolder && { worldFile: join(dataFolder, 'stripe-simulator.state') }),
    now: clock.now,
    onSaveFailure: (error) =>
      options.onFailure?.(`The Stripe simulator failed to save its account: ${error}.`),
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
  const logMessage = log.for('events');
  const messages = new CapturedMessages((line) => {
    logMessage(line);
    options.announce?.(line.length > CONSOLE_WIDTH ? `${line.slice(0, CONSOLE_WIDTH)}…` : line);
  });
  const AWSEvents = eventBusService(assembly, messages);
  const notices = noticeService(assembly, messages);
  const metrics = new MetricStore();
  const objects = objectService(assembly, join(dataFolder ?? scratch, 'objects'), (path) =>
    options.announce?.(`object ${aws.url}${path}`),
  );
  // Functions call it, so it runs only after they exist.
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
  const streams = await startTablesAndStreams({
    assembly,
    dynamodbEndpoint: dynamodb.endpoint,
    functions,
    destination,
    log,
    dataFolder,
  });
  // Concurrently: a batch in flight must not delay the stop by its function's timeout.
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
    await addPlanPrices(stripe.simulator, { url: gateway.url, adminKey: keys.adminKey }, options.report);
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

/** Fields of the secret with the URL and token of Redis. */
function addressOf(caches: LocalCaches | undefined): { url?: string; token?: string } {
  return caches ? { url: caches.url, token: caches.token } : {};
}
