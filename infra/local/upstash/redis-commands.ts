import { Redis } from 'ioredis';
import { databaseUnavailable, notAllowed, notAvailable } from './rest-error.ts';
import type { RedisReply } from './rest-reply.ts';
import type { Command } from './rest-request.ts';

/** Would change the one connection that all requests share, or hold it. */
const NEEDS_OWN_CONNECTION = new Set(
  `AUTH CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE PUNSUBSCRIBE QUIT RESET SELECT SSUBSCRIBE SUBSCRIBE SUNSUBSCRIBE
   SYNC PSYNC UNSUBSCRIBE UNWATCH WATCH WAIT WAITAOF BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP`.split(
    /\s+/,
  ),
);

/** Runs commands on a redis-server. An error of a command is a reply, as in a pipeline one may follow another. */
export class RedisCommands {
  readonly #redis: Redis;

  constructor(port: number) {
    this.#redis = new Redis({
      host: '127.0.0.1',
      port,
      protocol: 2,
      // A request that Redis cannot take now is answered now: the caller has a budget, and tries again by itself.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      retryStrategy: () => 50,
      disableClientInfo: true,
    });
    // Each command says itself that it failed.
    this.#redis.on('error', () => {});
  }

  /** @throws RestError 503 when Redis is not there */
  async run({ name, args }: Command): Promise<RedisReply> {
    if (NEEDS_OWN_CONNECTION.has(name)) return new Error(notAllowed(name));
    return this.#send(name, args);
  }

  /** Replies in order, or one error where nothing was run. @throws RestError 503 when Redis is not there */
  async runTransaction(commands: readonly Command[]): Promise<readonly RedisReply[] | Error> {
    const refused = commands.find(({ name }) => NEEDS_OWN_CONNECTION.has(name));
    if (refused) return new Error(notAllowed(refused.name));
    // Written to the connection in one go, so that no other request's command comes between.
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
      // By their names in capitals commands escape the client's own conversions of arguments and replies.
      return (await this.#redis.callBuffer(name, ...args)) as RedisReply; // the shape of every RESP2 reply
    } catch (error) {
      // Whatever is no answer of Redis is a lost connection.
      if (!(error instanceof Error && error.name === 'ReplyError')) throw databaseUnavailable();
      return error.message.startsWith('ERR unknown command') ? new Error(notAvailable(name)) : error;
    }
  }
}
