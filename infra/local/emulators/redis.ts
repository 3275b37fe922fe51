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
  /** Resolves with a sentence when the emulator has ended and was not stopped. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
}

export interface LocalRedisOptions {
  /** @default a free port */
  readonly port?: number;
  /** Gets a line when redis-server has to be installed first. @default silent */
  readonly report?: (line: string) => void;
}

const READY_WITHIN_MS = 5_000;
const POLL_MS = 20;

/**
 * Starts a redis-server with nothing in it that keeps nothing; it ends with this process, however that ends.
 *
 * @throws MissingPrerequisite when redis-server is not here and cannot be had
 * @throws Error when it does not answer within 5 s or the port is taken
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
    // The beginning says why it did not start; the rest must be read, or the server blocks on a full pipe.
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
