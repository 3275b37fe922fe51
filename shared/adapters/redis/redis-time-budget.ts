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
 * The time budget of one request for all its Redis calls: the address, lookups, fills, other keys. After the
 * first call without an answer, or when the time is spent, it continues without Redis.
 */
export class RedisTimeBudget {
  readonly #allowanceMs: number;
  readonly #left = new AsyncLocalStorage<{ ms: number }>();

  /** @param allowanceMs per request */
  constructor(allowanceMs = REDIS_BUDGET_MS) {
    this.#allowanceMs = allowanceMs;
  }

  /** Runs `work` with a budget of its own. */
  spend<T>(work: () => Promise<T>): Promise<T> {
    return this.#left.run({ ms: this.#allowanceMs }, work);
  }

  /** Redis under the current budget, if any; otherwise unchanged. */
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
    // The minimum, since calls may be concurrent.
    left.ms = isSilent ? 0 : Math.min(left.ms, leftMs - (performance.now() - startedAt));
    return answer;
  }
}

/** After these the next call is as quick: Redis rejected the command, or there is none. */
const COSTS_NOTHING: ReadonlySet<NoAnswerReason> = new Set(['refused', 'not_configured']);

/** `answer`, unless it takes too long. The call itself continues: for the breaker it is no answer either. */
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
