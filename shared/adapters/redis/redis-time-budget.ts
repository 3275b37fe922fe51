import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Answer,
  type NoAnswer,
  type NoAnswerReason,
  REDIS_BUDGET_MS,
  type Redis,
  type RedisCommands,
} from './redis.ts';

/**
 * What waiting for Redis may cost one question in all, however often it asks: the look-up of its address, a look-up, a
 * fill, another key. After the first call without an answer, or when the time is spent, it goes on without Redis.
 */
export class RedisTimeBudget {
  readonly #allowanceMs: number;
  readonly #left = new AsyncLocalStorage<{ ms: number }>();

  /** @param allowanceMs for each question */
  constructor(allowanceMs = REDIS_BUDGET_MS) {
    this.#allowanceMs = allowanceMs;
  }

  /** Does `work` with an allowance of its own. */
  spend<T>(work: () => Promise<T>): Promise<T> {
    return this.#left.run({ ms: this.#allowanceMs }, work);
  }

  /** Redis for those who spend an allowance. For everybody else it is as it was. */
  over(redis: Redis): Redis {
    return { ask: (send) => this.#ask(redis, send) };
  }

  async #ask<T>(redis: Redis, send: (commands: RedisCommands) => Promise<T>): Promise<Answer<T>> {
    const left = this.#left.getStore();
    if (!left) return redis.ask(send);
    if (left.ms <= 0) return { code: 'no_answer', reason: 'allowance_spent' };
    const [leftMs, startedAt] = [left.ms, performance.now()];
    const answer = await within(leftMs, redis.ask(send));
    const isSilent = answer.code === 'no_answer' && !COSTS_NOTHING.has(answer.reason);
    // The least, since several may be asked at once.
    left.ms = isSilent ? 0 : Math.min(left.ms, leftMs - (performance.now() - startedAt));
    return answer;
  }
}

/** After these the next call is as quick: Redis said no, or there is none. */
const COSTS_NOTHING: ReadonlySet<NoAnswerReason> = new Set(['refused', 'not_configured']);

/** What `answer` becomes, unless that takes too long. Who sent it counts on: for the breaker it is no answer either. */
async function within<T>(ms: number, answer: Promise<Answer<T>>): Promise<Answer<T>> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<NoAnswer>((resolve) => {
    timer = setTimeout(resolve, ms, { code: 'no_answer', reason: 'timeout' });
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
