import { errors, Redis as UpstashRedis } from '@upstash/redis';
import { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts';
import { type Answer, type NoAnswer, REDIS_BUDGET_MS, type Redis } from './redis.ts';

/** Since this environment started. */
export interface RedisCounters {
  readonly calls: number;
  readonly failures: number;
  /** Skipped, and so in neither of the above. */
  readonly shortCircuited: number;
  readonly latencyTotalMs: number;
  readonly latencyMaxMs: number;
}

export interface RedisOptions {
  readonly url: string;
  readonly token: string;
  /** How long a call may take. @default 40 */
  readonly budgetMs?: number;
  readonly breaker?: CircuitBreakerOptions;
  /** Milliseconds on a clock that does not go back. @default performance.now */
  readonly now?: () => number;
}

/**
 * Redis over Upstash's REST protocol. No decision depends on its answers, so it gets little time and no
 * retry. Concurrent commands travel in one request.
 */
export class RedisClient implements Redis {
  readonly #commands: UpstashRedis;
  readonly #breaker: CircuitBreaker;
  readonly #now: () => number;
  readonly #counters = { calls: 0, failures: 0, shortCircuited: 0, latencyTotalMs: 0, latencyMaxMs: 0 };

  constructor({ url, token, budgetMs = REDIS_BUDGET_MS, breaker, now }: RedisOptions) {
    this.#commands = new UpstashRedis({
      url,
      token,
      // Not `false`, which the SDK takes for one retry.
      retry: { retries: 0 },
      // A function: with a plain signal, the SDK returns "Aborted" as if Redis had answered it.
      signal: () => AbortSignal.timeout(budgetMs),
      enableAutoPipelining: true,
      // Values stay as stored: the SDK would parse digits as a number, and JSON as an object.
      automaticDeserialization: false,
      // Stored values are UTF-8, which needs no base64.
      responseEncoding: false,
      // Waiting for a replica costs time; versions guard against old values.
      readYourWrites: false,
      enableTelemetry: false,
    });
    this.#breaker = new CircuitBreaker(breaker);
    this.#now = now ?? (() => performance.now());
  }

  get counters(): RedisCounters {
    return { ...this.#counters };
  }

  async ask<T>(send: (commands: UpstashRedis) => Promise<T>): Promise<Answer<T>> {
    const startedAt = this.#now();
    if (!this.#breaker.admits(startedAt)) {
      this.#counters.shortCircuited += 1;
      return { code: 'no_answer', reason: 'circuit_open' };
    }
    const answer = await answerOf(send, this.#commands);
    this.#count(answer, startedAt);
    return answer;
  }

  #count(answer: Answer<unknown>, startedAt: number): void {
    const now = this.#now();
    const latencyMs = now - startedAt;
    this.#counters.calls += 1;
    this.#counters.latencyTotalMs += latencyMs;
    this.#counters.latencyMaxMs = Math.max(this.#counters.latencyMaxMs, latencyMs);
    if (answer.code === 'no_answer') this.#counters.failures += 1;
    // A rejection is an answer, and a quick one: one bad key must not block all the others.
    if (answer.code === 'answered' || answer.reason === 'refused') this.#breaker.succeeded();
    else this.#breaker.failed(now);
  }
}

async function answerOf<T>(
  send: (commands: UpstashRedis) => Promise<T>,
  commands: UpstashRedis,
): Promise<Answer<T>> {
  try {
    return { code: 'answered', value: await send(commands) };
  } catch (error) {
    return noAnswerOf(error);
  }
}

/** The SDK's prefix for the error of one command in a pipeline; other errors concern the whole request. */
const COMMAND_FAILED = 'Command failed: ';

function noAnswerOf(error: unknown): NoAnswer {
  if (!(error instanceof Error)) return { code: 'no_answer', reason: 'unreachable' };
  if (error.name === 'TimeoutError') return { code: 'no_answer', reason: 'timeout' };
  // It quotes the unreadable text, which may be data.
  if (error instanceof errors.UpstashJSONParseError) {
    return { code: 'no_answer', reason: 'unreachable', detail: 'unreadable answer' };
  }
  if (error.message.startsWith(COMMAND_FAILED)) {
    return { code: 'no_answer', reason: 'refused', detail: error.message.slice(COMMAND_FAILED.length) };
  }
  // The SDK appends the command with all its arguments.
  const [message] = error.message.split(', command was:');
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { code: 'no_answer', reason: 'unreachable', detail: `${message}${cause}` };
}
