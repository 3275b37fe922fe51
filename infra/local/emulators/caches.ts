import { randomText } from '../aws/secrets.ts';
import { RedisCommands } from '../upstash/redis-commands.ts';
import { startUpstashServer } from '../upstash/upstash-server.ts';
import { startRedis } from './redis.ts';

/** Redis for the local stack: a redis-server behind Upstash's protocol. */
export interface LocalCaches {
  /** Of the REST API, as the functions' secret names it. */
  readonly url: string;
  readonly token: string;
  /** Of the redis-server itself, for `redis-cli`. */
  readonly redisPort: number;
  /** Resolves with a sentence when the redis-server has ended and was not stopped. */
  readonly died: Promise<string>;
  /** Empties them, as if all of it had expired. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const TOKEN_LENGTH = 32;

/**
 * Starts what the functions cache and lock in. The service works without, so whatever is missing or fails costs one line of
 * `report` and nothing else.
 */
export async function startCaches(report: (line: string) => void): Promise<LocalCaches | undefined> {
  try {
    const redis = await startRedis({ report });
    const token = randomText(TOKEN_LENGTH);
    try {
      const server = await startUpstashServer({ redisPort: redis.port, token });
      const commands = new RedisCommands(redis.port);
      const flush = async () => {
        await commands.run({ name: 'FLUSHALL', args: [] });
      };
      const stop = async () => {
        commands.close();
        await server.stop();
        await redis.stop();
      };
      return { url: server.url, token, redisPort: redis.port, died: redis.died, flush, stop };
    } catch (error) {
      await redis.stop();
      throw error;
    }
  } catch (error) {
    const [cause] = String(error instanceof Error ? error.message : error).split('\n');
    report(`no caches: ${cause}`);
    return undefined;
  }
}
