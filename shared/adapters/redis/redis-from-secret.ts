import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  type Answer,
  noRedis,
  REDIS_BUDGET_MS,
  type Redis,
  type RedisCommands,
  unknownRedis,
} from './redis.ts';
import { RedisClient, type RedisOptions } from './redis-client.ts';

export interface RedisPatience extends Pick<RedisOptions, 'budgetMs'> {
  /** How long calls may wait for the address of Redis; they continue without it afterwards. @default 40 */
  readonly patienceMs?: number;
}

/** A secret that is unreadable, or leads to a Redis that does not answer, is read again after this. */
const READ_AGAIN_AFTER_MS = 60_000;
/** Without Redis each read would be paid for in vain, in every environment. */
const READ_EMPTY_AGAIN_AFTER_MS = 15 * 60_000;

/**
 * Redis at the address in a secret: JSON `{"url": "https://…", "token": "…"}`. An empty `url` means that
 * there is no Redis. The secret is read in the background and never makes a caller wait or fail.
 */
export class RedisFromSecret implements Redis {
  readonly #secrets: Pick<SecretsManagerClient, 'send'>;
  readonly #secretArn: string;
  readonly #patience: RedisPatience;
  /** The secret's content at the last read. */
  #known: { readonly redis: Redis; readonly address: string } | undefined;
  #reading: Promise<Redis> | undefined;
  #readAt = 0;

  constructor(secrets: Pick<SecretsManagerClient, 'send'>, secretArn: string, patience: RedisPatience = {}) {
    this.#secrets = secrets;
    this.#secretArn = secretArn;
    this.#patience = patience;
  }

  async ask<T>(send: (commands: RedisCommands) => Promise<T>): Promise<Answer<T>> {
    const redis = this.#known?.redis ?? (await Promise.race([this.#read(), this.#giveUp()]));
    const answer = await redis.ask(send);
    // It may have moved, have a new token, or exist by now.
    if (this.#known && answer.code === 'no_answer') void this.#read();
    return answer;
  }

  /** Reads the secret unless a read began lately. */
  #read(): Promise<Redis> {
    const freshForMs = this.#known?.redis === noRedis ? READ_EMPTY_AGAIN_AFTER_MS : READ_AGAIN_AFTER_MS;
    const isDue = performance.now() - this.#readAt > freshForMs;
    if (!this.#reading || isDue) {
      this.#readAt = performance.now();
      this.#reading = this.#connect().catch(() => unknownRedis);
    }
    return this.#reading;
  }

  async #connect(): Promise<Redis> {
    const { SecretString = '{}' } = await this.#secrets.send(
      new GetSecretValueCommand({ SecretId: this.#secretArn }),
    );
    const { url, token } = Object(JSON.parse(SecretString));
    if (typeof url !== 'string' || url === '' || typeof token !== 'string') {
      this.#known = { redis: noRedis, address: '' };
      return noRedis;
    }
    const address = JSON.stringify([url, token]);
    if (this.#known?.address !== address) {
      const { budgetMs } = this.#patience;
      const redis = new RedisClient({ url, token, ...(budgetMs !== undefined && { budgetMs }) });
      this.#known = { redis, address };
    }
    return this.#known.redis;
  }

  /** Counted from the beginning of the read: however long it takes, only the first calls wait for it. */
  #giveUp(): Promise<Redis> {
    const { patienceMs = REDIS_BUDGET_MS } = this.#patience;
    const leftMs = this.#readAt + patienceMs - performance.now();
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs), unknownRedis).unref());
  }
}
