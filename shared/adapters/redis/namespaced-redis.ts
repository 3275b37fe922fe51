import { createHash } from 'node:crypto';
import type { Redis, RedisCommands } from './redis.ts';

const NAMESPACE_LENGTH = 8;

/**
 * Redis with a namespace for the data of one table: every key begins with `<namespace>:`, a digest of the
 * table's name. After a restore the service uses another table, in which versions of the former one repeat
 * with other content: no entry of the former may be read, nor replace or reject a new one.
 */
export function namespacedRedis(redis: Redis, tableName: string): Redis {
  const namespace = namespaceOf(tableName);
  const within = (key: string) => `${namespace}:${key}`;
  return {
    ask: (send) =>
      redis.ask((commands) =>
        send({
          eval: (script, keys, args) => commands.eval(script, keys.map(within), args),
          hmget: (key, ...fields) => commands.hmget(within(key), ...fields),
          hincrby: (key, field, increment) => commands.hincrby(within(key), field, increment),
          pexpire: (key, ms) => commands.pexpire(within(key), ms),
        } satisfies RedisCommands),
      ),
  };
}

/** Short, since every key has it. */
export function namespaceOf(tableName: string): string {
  return createHash('sha256').update(tableName).digest('base64url').slice(0, NAMESPACE_LENGTH);
}
