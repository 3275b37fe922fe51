import type { Redis } from '../../shared/adapters/redis/redis.ts';

/** A Redis that executes its commands and loses the answer whenever `loses` returns true. */
export function losingAnswers(redis: Redis, loses: () => boolean): Redis {
  return {
    async ask(send) {
      const answer = await redis.ask(send);
      return loses() ? { code: 'no_answer', reason: 'timeout' } : answer;
    },
  };
}
