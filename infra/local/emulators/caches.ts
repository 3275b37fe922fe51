import { randomText } from '../aws/secrets.ts';
import { RedisCommands } from '../upstash/redis-commands.ts';
import { startUpstashServer } from '../upstash/upstash-server.ts';
import { startRedis } from './redis.ts';

/** Redis of the local stack: a redis-server with Upstash's protocol. */
export interface LocalCaches {
  /** URL of the REST API. */
  readonly url: string;
  readonly token: string;
  /** Port of the redis-server, for `redis-cli`. */
  readonly redisPort: number;
  /** Resolves with a message when the redis-server ends without a stop. */
  readonly died: Promise<string>;
  /** Removes all keys, as if they had expired. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const TOKEN_LENGTH = 32;

/** Starts Redis for caches and locks. The service works without it, so a failure is one line of `report`. */
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
