import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../host/free-port.ts';
import { startTetheredProcess, type TetheredProcess } from '../host/tethered-process.ts';
import { findOrInstallRedis } from '../prerequisites/redis-binary.ts';

export interface LocalRedis {
  /** On 127.0.0.1; nothing listens elsewhere. */
  readonly port: number;
  /** Resolves with a message when the server ends without a stop. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

export interface LocalRedisOptions {
  /** @default a free port */
  readonly port?: number;
  /** Receives a line when redis-server is installed. @default silent */
  readonly report?: (line: string) => void;
}

const READY_WITHIN_MS = 5_000;
const POLL_MS = 20;

/**
 * Starts an empty redis-server without persistence. It ends with this process, also after a crash.
 *
 * @throws MissingPrerequisite if redis-server is missing and cannot be installed
 * @throws Error if it does not respond within 5 s or the port is in use
 */
export async function startRedis(options: LocalRedisOptions = {}): Promise<LocalRedis> {
  const binary = findOrInstallRedis(options.report ?? (() => {}));
  const port = await freePort(options.port);
  const folder = await mkdtemp(join(tmpdir(), 'quota-redis-'));
  const redis = startTetheredProcess(
    binary,
    ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'],
    { workingDirectory: folder },
  );
  const stop = async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(redis, port);
  } catch (error) {
    await stop();
    throw error;
  }
  const died = redis.died.then((how) => `redis-server has ended unexpectedly (${how}).`);
  return { port, died, stop };
}

async function untilReady(redis: TetheredProcess, port: number): Promise<void> {
  let output = '';
  const collect = (chunk: Buffer) => {
    // The beginning contains the cause of a failed start; the rest is read since the server blocks on a full
    // pipe.
    if (output.length < 4_000) output += chunk.toString();
  };
  redis.stdout.on('data', collect);
  redis.stderr.on('data', collect);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && redis.running()) {
    if (await pongs(port)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`redis-server did not start on port ${port}: ${output.trim() || 'no output'}`);
}

function pongs(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const end = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
