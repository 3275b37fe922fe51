import { type Lease, type LockOptions, RedisLock } from '../../shared/adapters/lock/redis-lock.ts';
import type { Redis } from '../../shared/adapters/redis/redis.ts';
import type { RedisClient } from '../../shared/adapters/redis/redis-client.ts';

/** Locks in a Redis. */
export interface Locks {
  /** A lock of 5 s with a single try, unless the options differ. */
  lockOn(resource: string, options?: LockOptions, over?: Redis): RedisLock;
  /** The remaining milliseconds of a resource's lock key; below 0 without one. */
  leftInRedis(resource: string): Promise<number>;
}

export function locksOver(redis: RedisClient): Locks {
  return {
    lockOn: (resource, options = {}, over = redis) =>
      new RedisLock({ redis: over }, resource, { ttlMs: 5_000, retries: 0, ...options }),
    async leftInRedis(resource) {
      const answer = await redis.ask((commands) => commands.pttl(`lock:{${resource}}`));
      if (answer.code !== 'answered') throw new Error('Redis did not answer');
      return answer.value;
    },
  };
}

/** Takes a lock. @throws Error when it is unavailable */
export async function acquired(lock: RedisLock): Promise<Lease> {
  const acquisition = await lock.acquire();
  if (acquisition.code !== 'acquired') throw new Error(`the lock was ${acquisition.code}`);
  return acquisition;
}
