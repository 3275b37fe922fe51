import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Assembly, readAssembly } from './assembly/read-assembly.ts';
import { synthesize } from './assembly/synthesize.ts';
import { type ControlHandler, startAwsEndpoint } from './aws-endpoint.ts';
import { type LocalCaches, startCaches } from './caches.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from './dynamodb.ts';
import { eventBusService } from './event-bus.ts';
import { FailureDestination } from './failure-destination.ts';
import { type FirstKeys, firstKeys } from './first-keys.ts';
import { freePort } from './free-port.ts';
import { httpApiDefinition } from './gateway/http-api-definition.ts';
import { startHttpGateway } from './gateway/http-gateway.ts';
import { AsyncFunctions } from './lambda/async-functions.ts';
import type { InvocationOutcome } from './lambda/lambda-environment.ts';
import { lambdaService } from './lambda/lambda-service.ts';
import { LocalFunctions } from './lambda/local-functions.ts';
import { type RealStripe, sellPlans, startLocalStripe } from './local-stripe.ts';
import { MetricStore } from './metric-store.ts';
import { News } from './news.ts';
import { noticeService } from './notice-topic.ts';
import { objectService } from './object-store.ts';
import { LocalSchedules } from './schedule/local-schedules.ts';
import { secretsService } from './secrets.ts';
import { openStackLog, type StackLog } from './stack-log.ts';
import { startTablesAndStreams } from './stream/local-streams.ts';
import { runTriggers } from './triggers.ts';

export interface LocalStackOptions extends Partial<FirstKeys> {
  /** Port of the HTTP API. @default 0, any free one */
  readonly port?: number;
  /** @default 0, any free one */
  readonly dynamodbPort?: number;
  /** Keeps tables, keys and the position in the streams. @default in memory */
  readonly dataFolder?: string;
  /** @default in a temporary folder that goes with the stack */
  readonly logFile?: string;
  /** Environments that one function may have at once; more requests wait. @default 4 */
  readonly maxEnvironments?: number;
  /** A Stripe account to use. @default a simulator */
  readonly stripe?: RealStripe;
  /** A Redis behind Upstash's protocol; an empty `url` for none. @default a redis-server of the stack's own */
  readonly redis?: { readonly url: string; readonly token: string };
  /** Cloud assembly to run. @default the app is synthesized */
  readonly assemblyFolder?: string;
  /**
   * Puts something between the functions and what they call: it gets a service's address, and gives the one that the
   * functions are told. The stack itself stays on the straight way.
   * @default nothing
   */
  readonly detour?: Detour;
  /** Gets a line when something is fetched or installed first. @default silent */
  readonly report?: (line: string) => void;
  /** Gets every line of the log. @default silent */
  readonly echoLog?: (line: string) => void;
  /** Gets a line for every event and notice. @default silent */
  readonly announce?: (line: string) => void;
}

export type Detour = (service: 'dynamodb' | 'redis' | 'stripe', url: string) => Promise<string>;

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
   * `POST /functions/<entry>`.
   */
  readonly controlUrl: string;
  readonly logFile: string;
  readonly functionEntries: readonly string[];
  readonly scheduleNames: readonly string[];
  /** Calls a function with an event, as the console's test button does. */
  invoke(functionEntry: string, event: unknown): Promise<InvocationOutcome>;
  /** Fires a schedule now: by its name, or by the entry of the only function it calls. */
  runSchedule(name: string): Promise<InvocationOutcome>;
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
 * @throws Error when a port is in use, the app does not synthesize, or a trigger fails; what was started is stopped then
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const stops: Stops = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).reverse()) await stopOne();
  };
  try {
    return { ...(await start(options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Stops = (() => Promise<unknown> | unknown)[];

/** What everything else stands on. */
interface Ground {
  readonly dataFolder: string | undefined;
  /** A folder that goes with the stack. */
  readonly scratch: string;
  readonly log: StackLog;
  readonly keys: FirstKeys;
  readonly dynamodb: DynamoDBLocal;
  readonly caches: LocalCaches | undefined;
  readonly assembly: Assembly;
}

async function prepare(options: LocalStackOptions, port: number, stops: Stops): Promise<Ground> {
  const scratch = await mkdtemp(join(tmpdir(), 'quota-service-'));
  stops.push(() => rm(scratch, { recursive: true, force: true }));
  const dataFolder = options.dataFolder && resolve(options.dataFolder);
  const log = openStackLog(options.logFile ?? join(scratch, 'local-stack.log'), options.echoLog);
  stops.push(() => log.close());
  const keys = await firstKeys(options, dataFolder && join(dataFolder, 'keys.json'));
  const startingDynamoDB = startDynamoDBLocal({
    ...(options.dynamodbPort && { port: options.dynamodbPort }),
    ...(dataFolder && { dataFolder: join(dataFolder, 'dynamodb') }),
    ...(options.report && { report: options.report }),
  });
  // Noted before it runs: the synthesis beside it may fail first.
  stops.push(() => startingDynamoDB.then((dynamodb) => dynamodb.stop()).catch(() => {}));
  const startingCaches = options.redis
    ? Promise.resolve(undefined)
    : startCaches(options.report ?? log.for('redis'));
  stops.push(() => startingCaches.then((caches) => caches?.stop()));
  const assemblyFolder = options.assemblyFolder ?? join(scratch, 'cdk.out');
  const [dynamodb, caches] = await Promise.all([
    startingDynamoDB,
    startingCaches,
    options.assemblyFolder ? undefined : synthesize(assemblyFolder, port),
  ]);
  return { dataFolder, scratch, log, keys, dynamodb, caches, assembly: await readAssembly(assemblyFolder) };
}

async function start(options: LocalStackOptions, stops: Stops): Promise<Omit<LocalStack, 'stop'>> {
  const port = await freePort(options.port);
  const { dataFolder, scratch, log, keys, dynamodb, caches, assembly } = await prepare(options, port, stops);

  const control: ControlHandler = async (method, path, body) => {
    if (method === 'GET') return path === '/events' ? { events: news.items } : description();
    const [, kind, name = ''] = /^\/(schedules|functions)\/(.+)$/.exec(path) ?? [];
    if (kind === 'schedules') return schedules.run(name);
    return kind === 'functions' ? functions.byEntry(name).invoke(body ?? {}) : undefined;
  };
  const stripe = await startLocalStripe(`http://127.0.0.1:${port}/v1/stripe/webhook`, options.stripe);
  stops.push(() => stripe.stop());
  const detour = options.detour ?? NO_DETOUR;
  const redis = options.redis ?? addressOf(caches);
  const secretsmanager = secretsService(assembly, [
    { ...keys },
    { ...redis, ...(redis.url && { url: await detour('redis', redis.url) }) },
    { ...stripe.secret, ...(stripe.url && { apiBase: await detour('stripe', stripe.url) }) },
  ]);
  const logNews = log.for('events');
  const news = new News((line) => {
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
  const functions = new LocalFunctions(assembly, endpoints, maxEnvironments, {
    ...log,
    for: (source) => {
      const write = log.for(source);
      return (line) => {
        metrics.take(line);
        write(line);
      };
    },
  });
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

  const schedules = new LocalSchedules(assembly, functions, asyncFunctions, log);
  stops.push(() => schedules.stop());
  const functionByArn = (arn: string) => functions.byArn(arn);
  const gateway = await startHttpGateway(
    httpApiDefinition(assembly),
    port,
    functionByArn,
    log.for('gateway'),
  );
  stops.push(() => gateway.stop());
  await sellPlans(stripe, { url: gateway.url, adminKey: keys.adminKey });

  const description = () => ({
    url: gateway.url,
    dynamodbEndpoint: dynamodb.endpoint,
    ...(caches && { redisPort: caches.redisPort }),
    ...(stripe.url !== undefined && { stripeUrl: stripe.url }),
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
  };
}

/** What the secret with Redis' address says. */
function addressOf(caches: LocalCaches | undefined): { url?: string; token?: string } {
  return caches ? { url: caches.url, token: caches.token } : {};
}
