import { randomUUID } from 'node:crypto';
import { Redis as RedisConnection } from 'ioredis';
import { inject } from 'vitest';
import { startRedis } from '../../infra/local/emulators/redis.ts';
import { startUpstashServer } from '../../infra/local/upstash/upstash-server.ts';
import { RedisClient, type RedisOptions } from '../../shared/adapters/redis/redis-client.ts';

/** The address of the suite's Redis. @throws Error, which fails the test, when there is none */
export function redisAddress(): { readonly url: string; readonly token: string } {
  const redis = inject('redis');
  if ('missing' in redis) throw new Error(`no Redis for this test: ${redis.missing}`);
  return redis;
}

/** A client of the suite's Redis; a busy test machine gets more time than in production. */
export function createTestRedis(options: Partial<RedisOptions> = {}): RedisClient {
  return new RedisClient({ ...redisAddress(), budgetMs: 2_000, ...options });
}

/** A name that no other test uses. */
export function uniqueName(prefix = 'test'): string {
  return `${prefix}-${randomUUID()}`;
}

/** A Redis for one test, to be broken. */
export interface FragileRedis {
  readonly url: string;
  readonly token: string;
  /** It accepts every command and answers none for `ms`, then executes them. */
  hang(ms: number): Promise<void>;
  flush(): Promise<void>;
  /** Stops Redis; its Upstash endpoint keeps running. */
  shutDown(): Promise<void>;
  /** Starts it again, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFragileRedis(): Promise<FragileRedis> {
  let redis = await startRedis({ report: console.log });
  const { port } = redis;
  const token = randomUUID();
  const server = await startUpstashServer({ redisPort: port, token });
  const command = async (name: string, ...args: string[]) => {
    const connection = new RedisConnection({ host: '127.0.0.1', port, protocol: 2 });
    await connection.call(name, ...args);
    connection.disconnect();
  };
  return {
    url: server.url,
    token,
    hang: (ms) => command('CLIENT', 'PAUSE', String(ms), 'ALL'),
    flush: () => command('FLUSHALL'),
    shutDown: () => redis.stop(),
    async restart() {
      redis = await startRedis({ port });
    },
    async stop() {
      await server.stop();
      await redis.stop();
    },
  };
}
