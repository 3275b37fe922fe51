import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../host/free-port.ts';
import { startTetheredProcess, type TetheredProcess } from '../host/tethered-process.ts';
import { findOrFetchDynamoDBJar } from '../prerequisites/dynamodb-jar.ts';
import { findOrInstallJava, type Java } from '../prerequisites/java.ts';

export interface DynamoDBLocal {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  readonly port: number;
  /** Resolves with a message when the emulator ends without a stop. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

export interface DynamoDBLocalOptions {
  /** @default a free port */
  readonly port?: number;
  /** Folder of the data between runs. @default in memory */
  readonly dataFolder?: string;
  /** Receives a line when something is fetched or installed. @default silent */
  readonly report?: (line: string) => void;
}

const POLICY = resolve(import.meta.dirname, 'loopback.policy');
/** Since this version Java has no security manager to reject remote connections. */
const JAVA_WITHOUT_SECURITY_MANAGER = 24;
const READY_WITHIN_MS = 20_000;
const POLL_MS = 50;

/**
 * Starts AWS's DynamoDB Local. It ends with this process, also after a crash.
 *
 * The emulator listens on all addresses, without an option to change that. Before Java 24, Java's security
 * manager rejects connections from other machines.
 *
 * @throws MissingPrerequisite if Java or the emulator is missing and cannot be installed
 * @throws Error if it does not respond within 20 s or the port is in use
 */
export async function startDynamoDBLocal(options: DynamoDBLocalOptions = {}): Promise<DynamoDBLocal> {
  const report = options.report ?? (() => {});
  const java = findOrInstallJava(report);
  const jarFolder = await findOrFetchDynamoDBJar(report);
  if (options.dataFolder) await mkdir(options.dataFolder, { recursive: true });
  const port = await freePort(options.port);
  const endpoint = `http://127.0.0.1:${port}`;
  const scratchFolder = await mkdtemp(join(tmpdir(), 'dynamodb-local-'));
  const args = javaArguments(java, port, scratchFolder, options.dataFolder);
  const emulator = startTetheredProcess(java.command, args, {
    workingDirectory: jarFolder,
    env: { DDB_LOCAL_TELEMETRY: '0' },
    scratchFolder,
  });
  await untilReady(emulator, endpoint);
  const died = emulator.died.then((how) => `DynamoDB Local has ended unexpectedly (${how}).`);
  return { endpoint, port, died, stop: () => emulator.stop() };
}

/** The default is a few megabytes, and their collection takes a tenth of the emulator's time. */
const ROOM_FOR_THE_YOUNG = '-Xmn256m';

function javaArguments(
  { majorVersion }: Java,
  port: number,
  scratchFolder: string,
  dataFolder: string | undefined,
): string[] {
  const guard = ['-Djava.security.manager', `-Djava.security.policy==${POLICY}`];
  const storage = dataFolder ? ['-dbPath', resolve(dataFolder)] : ['-inMemory'];
  return [
    ...(majorVersion < JAVA_WITHOUT_SECURITY_MANAGER ? guard : []),
    // Faster to start and smaller than the defaults, which suit many cores.
    ...['-XX:+UseSerialGC', '-Xss512k', ROOM_FOR_THE_YOUNG],
    '-Djava.library.path=./DynamoDBLocal_lib',
    // Each start unpacks a library of 1 MB there.
    `-Djava.io.tmpdir=${scratchFolder}`,
    // The SDK's region and key must not split the data into separate databases.
    ...['-jar', 'DynamoDBLocal.jar', '-sharedDb', '-port', String(port), '-disableTelemetry', ...storage],
  ];
}

async function untilReady(emulator: TetheredProcess, endpoint: string): Promise<void> {
  let output = '';
  const collect = (chunk: Buffer) => {
    // The beginning contains the cause of a failed start; the rest is read since the emulator blocks on a
    // full pipe.
    if (output.length < 4_000) output += chunk.toString();
  };
  emulator.stdout.on('data', collect);
  emulator.stderr.on('data', collect);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && emulator.running()) {
    if (await answers(endpoint)) return;
    await sleep(POLL_MS);
  }
  await emulator.stop();
  throw new Error(`DynamoDB Local did not start at ${endpoint}: ${output.trim() || 'no output'}`);
}

/** Any response counts: the emulator rejects an unsigned GET with 400 as soon as it listens. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2_000) });
    return true;
  } catch {
    return false;
  }
}
