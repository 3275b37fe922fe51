import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Assembly, readAssembly } from './assembly/read-assembly.ts';
import { synthesize } from './assembly/synthesize.ts';
import { type BootstrapKeys, bootstrapKeys } from './bootstrap-keys.ts';
import { type LocalCaches, startCaches } from './emulators/caches.ts';
import { type DynamoDBLocal, startDynamoDBLocal } from './emulators/dynamodb.ts';
import { lockDataFolder } from './host/data-lock.ts';
import { StackClock } from './host/stack-clock.ts';
import { openStackLog, type StackLog } from './host/stack-log.ts';
import type { LocalStackOptions } from './local-stack-options.ts';

/** Functions that stop what was started, in the order of the starts. */
export type Stops = (() => Promise<unknown> | unknown)[];

/** The base of the stack: data, log, keys, clock, emulators and the cloud assembly. */
export interface StackBase {
  readonly dataFolder: string | undefined;
  /** A folder that is removed when the stack stops. */
  readonly scratch: string;
  readonly log: StackLog;
  readonly keys: BootstrapKeys;
  readonly clock: StackClock;
  readonly dynamodb: DynamoDBLocal;
  readonly caches: LocalCaches | undefined;
  readonly assembly: Assembly;
}

/** Locks and opens the data, and starts the emulators while the stack is synthesized. */
export async function prepare(options: LocalStackOptions, stops: Stops): Promise<StackBase> {
  const scratch = await mkdtemp(join(tmpdir(), 'quota-service-'));
  stops.push(() => rm(scratch, { recursive: true, force: true }));
  const dataFolder = options.dataFolder && resolve(options.dataFolder);
  if (dataFolder) stops.push(lockDataFolder(dataFolder));
  const log = openStackLog(options.logFile ?? join(scratch, 'local-stack.log'), options.echoLog);
  stops.push(() => log.close());
  const keys = await bootstrapKeys(options, dataFolder && join(dataFolder, 'keys.json'));
  const clock = new StackClock(dataFolder && join(dataFolder, 'clock.json'));
  if (options.stripe && clock.aheadMs > 0) {
    throw new Error(
      `The clock of ${dataFolder} was moved ahead, but a real Stripe account runs in real time. Choose another --data.`,
    );
  }
  const startingDynamoDB = startDynamoDBLocal({
    ...(options.dynamodbPort && { port: options.dynamodbPort }),
    ...(dataFolder && { dataFolder: join(dataFolder, 'dynamodb') }),
    ...(options.report && { report: options.report }),
  });
  // Registered before it has started: the concurrent synthesis may fail first.
  stops.push(() => startingDynamoDB.then((dynamodb) => dynamodb.stop()).catch(() => {}));
  const startingCaches = options.redis
    ? Promise.resolve(undefined)
    : startCaches(options.report ?? log.for('redis'));
  stops.push(() => startingCaches.then((caches) => caches?.stop()));
  const assemblyFolder = options.assemblyFolder ?? join(scratch, 'cdk.out');
  const [dynamodb, caches] = await Promise.all([
    startingDynamoDB,
    startingCaches,
    options.assemblyFolder ? undefined : synthesize(assemblyFolder),
  ]);
  for (const emulator of [dynamodb, caches]) void emulator?.died.then(options.onFailure);
  return {
    dataFolder,
    scratch,
    log,
    keys,
    clock,
    dynamodb,
    caches,
    assembly: await readAssembly(assemblyFolder),
  };
}
