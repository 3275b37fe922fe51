import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LOCAL_REGION } from './assembly/physical-names.ts';
import { readAssembly } from './assembly/read-assembly.ts';
import { synthesize } from './assembly/synthesize.ts';
import { type ControlHandler, startAwsEndpoint } from './aws-endpoint.ts';
import { startDynamoDBLocal } from './dynamodb.ts';
import { FailureDestination } from './failure-destination.ts';
import { type FirstKeys, firstKeys } from './first-keys.ts';
import { freePort } from './free-port.ts';
import { httpApiDefinition } from './gateway/http-api-definition.ts';
import { startHttpGateway } from './gateway/http-gateway.ts';
import type { InvocationOutcome } from './lambda/lambda-environment.ts';
import { LocalFunctions } from './lambda/local-functions.ts';
import { LocalSchedules } from './schedule/local-schedules.ts';
import { secretsService } from './secrets.ts';
import { openStackLog } from './stack-log.ts';
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
  /** Cloud assembly to run. @default the app is synthesized */
  readonly assemblyFolder?: string;
  /** Gets a line when something is fetched or installed first. @default silent */
  readonly report?: (line: string) => void;
  /** Gets every line of the log. @default silent */
  readonly echoLog?: (line: string) => void;
}

/** The whole stack, running. */
export interface LocalStack extends FirstKeys {
  /** Where the HTTP API is, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly dynamodbEndpoint: string;
  /** The stack's one table. */
  readonly tableName: string;
  /** Where the stack takes its own requests: `GET /`, `POST /schedules/<name>`, `POST /functions/<entry>`. */
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

/** On two cores more of them only take longer to get warm. */
const DEFAULT_MAX_ENVIRONMENTS = 4;

/**
 * Runs the synthesized stack on this machine: what exists, and how it hangs together, is read from the cloud assembly.
 *
 * @throws MissingPrerequisite when DynamoDB Local cannot be had
 * @throws Error when a port is in use, the app does not synthesize, or a trigger fails; what was started is stopped then
 */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const stops: (() => Promise<unknown> | unknown)[] = [];
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

async function start(
  options: LocalStackOptions,
  stops: (() => Promise<unknown> | unknown)[],
): Promise<Omit<LocalStack, 'stop'>> {
  const port = await freePort(options.port);
  const scratch = await mkdtemp(join(tmpdir(), 'quota-service-'));
  stops.push(() => rm(scratch, { recursive: true, force: true }));
  const dataFolder = options.dataFolder && resolve(options.dataFolder);
  const log = openStackLog(options.logFile ?? join(scratch, 'local-stack.log'), options.echoLog);
  stops.push(() => log.close());
  const keys = await firstKeys(options, dataFolder && join(dataFolder, 'keys.json'));

  const assemblyFolder = options.assemblyFolder ?? join(scratch, 'cdk.out');
  const [dynamodb] = await Promise.all([
    startDynamoDBLocal({
      ...(options.dynamodbPort && { port: options.dynamodbPort }),
      ...(dataFolder && { dataFolder: join(dataFolder, 'dynamodb') }),
      ...(options.report && { report: options.report }),
    }).then((started) => {
      stops.push(() => started.stop());
      return started;
    }),
    options.assemblyFolder ? undefined : synthesize(assemblyFolder),
  ]);
  const assembly = await readAssembly(assemblyFolder);

  const control: ControlHandler = async (method, path, body) => {
    if (method === 'GET') return description();
    const [, kind, name = ''] = /^\/(schedules|functions)\/(.+)$/.exec(path) ?? [];
    if (kind === 'schedules') return schedules.run(name);
    return kind === 'functions' ? functions.byEntry(name).invoke(body ?? {}) : undefined;
  };
  const aws = await startAwsEndpoint(
    { secretsmanager: secretsService(assembly, { ...keys }) },
    control,
    log.for('aws'),
  );
  stops.push(() => aws.stop());
  const endpoints = { ...aws.variables, AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint };
  const functions = new LocalFunctions(
    assembly,
    endpoints,
    options.maxEnvironments ?? DEFAULT_MAX_ENVIRONMENTS,
    log,
  );
  stops.push(() => functions.stop());

  const destination = new FailureDestination(join(dataFolder ?? scratch, 'given-up'), log.for('given-up'));
  const client = new DynamoDBClient({
    endpoint: dynamodb.endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  stops.push(() => client.destroy());
  const checkpoints = dataFolder && join(dataFolder, 'dynamodb');
  const streams = await startTablesAndStreams(assembly, client, functions, destination, log, checkpoints);
  stops.push(() => streams.stop());
  await runTriggers(assembly, functions);
  const schedules = new LocalSchedules(assembly, functions, destination, log);
  stops.push(() => schedules.stop());
  const gateway = await startHttpGateway(
    httpApiDefinition(assembly),
    port,
    (arn) => functions.byArn(arn),
    log.for('gateway'),
  );
  stops.push(() => gateway.stop());

  const description = () => ({
    url: gateway.url,
    dynamodbEndpoint: dynamodb.endpoint,
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
