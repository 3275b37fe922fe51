import type { Redis as UpstashRedis } from '@upstash/redis';

/**
 * `timeout`: the budget ended. `unreachable`: no connection, or no usable answer. Both may have been
 * executed. `refused`: Redis rejected this command alone. `circuit_open`: not sent, after consecutive
 * failures. `allowance_spent`: not sent, see `RedisTimeBudget`. `not_configured`: there is no Redis.
 * `address_unknown`: its address could not be read, or not in time.
 */
export type NoAnswerReason =
  | 'timeout'
  | 'unreachable'
  | 'refused'
  | 'circuit_open'
  | 'allowance_spent'
  | 'not_configured'
  | 'address_unknown';

export interface NoAnswer {
  readonly code: 'no_answer';
  readonly reason: NoAnswerReason;
  /** For a log: no key, no value, no token. */
  readonly detail?: string;
}

export type Answer<T> = { readonly code: 'answered'; readonly value: T } | NoAnswer;

/**
 * The commands of Redis that locks and caches use; values are strings as they were stored. `namespacedRedis`
 * prefixes the keys of each.
 */
export type RedisCommands = Pick<UpstashRedis, 'eval' | 'hmget' | 'hincrby' | 'pexpire'>;

/** The interface of Redis for locks and caches. */
export interface Redis {
  /**
   * Sends one command, or several at once, and waits for at most the budget. Never throws: without an answer
   * the caller continues without Redis.
   */
  ask<T>(send: (commands: RedisCommands) => Promise<T>): Promise<Answer<T>>;
}

/** Below the promised 50 ms: timers fire late, and closing the connection takes time. */
export const REDIS_BUDGET_MS = 40;

/** No Redis is configured: returns at once. */
export const noRedis: Redis = {
  ask: async () => ({ code: 'no_answer', reason: 'not_configured' }),
};

/** The address of Redis is not known, or not yet. */
export const unknownRedis: Redis = {
  ask: async () => ({ code: 'no_answer', reason: 'address_unknown' }),
};
