import { Redis } from 'ioredis';
import { databaseUnavailable, notAllowed, notAvailable } from './rest-error.ts';
import type { RedisReply } from './rest-reply.ts';
import type { Command } from './rest-request.ts';

/** Commands that change or block the shared connection. */
const NEEDS_OWN_CONNECTION = new Set(
  `AUTH CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE PUNSUBSCRIBE QUIT RESET SELECT SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE
   SYNC PSYNC UNSUBSCRIBE UNWATCH WATCH WAIT WAITAOF BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP`.split(
    /\s+/,
  ),
);

/** Runs commands on a redis-server. A command's error is a reply, since a pipeline continues after it. */
export class RedisCommands {
  readonly #redis: Redis;

  constructor(port: number) {
    this.#redis = new Redis({
      host: '127.0.0.1',
      port,
      protocol: 2,
      // Fails at once if Redis is not available: callers have a budget and retry.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      retryStrategy: () => 50,
      disableClientInfo: true,
    });
    // Each command reports its own failure.
    this.#redis.on('error', () => {});
  }

  /** @throws RestError 503 if Redis is not available */
  async run({ name, args }: Command): Promise<RedisReply> {
    if (NEEDS_OWN_CONNECTION.has(name)) return new Error(notAllowed(name));
    return this.#send(name, args);
  }

  /**
   * Returns the replies in order, or one error if nothing was run. @throws RestError 503 if Redis is not
   * available
   */
  async runTransaction(commands: readonly Command[]): Promise<readonly RedisReply[] | Error> {
    const refused = commands.find(({ name }) => NEEDS_OWN_CONNECTION.has(name));
    if (refused) return new Error(notAllowed(refused.name));
    // Written at once, so that no other request's command is interleaved.
    const begun = this.#send('MULTI', []);
    const queued = commands.map(({ name, args }) => this.#send(name, args));
    const [executed, ...replies] = await Promise.all([this.#send('EXEC', []), begun, ...queued]);
    if (!(executed instanceof Error)) return executed as readonly RedisReply[]; // EXEC replies with an array
    return replies.find((reply) => reply instanceof Error) ?? executed;
  }

  close(): void {
    this.#redis.disconnect();
  }

  async #send(name: string, args: readonly (string | Buffer)[]): Promise<RedisReply> {
    try {
      // Names in capitals bypass the client's conversions of arguments and replies.
      return (await this.#redis.callBuffer(name, ...args)) as RedisReply; // the shape of every RESP2 reply
    } catch (error) {
      // An error that is not a reply of Redis is a lost connection.
      if (!(error instanceof Error && error.name === 'ReplyError')) throw databaseUnavailable();
      return error.message.startsWith('ERR unknown command') ? new Error(notAvailable(name)) : error;
    }
  }
}
