import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Answer, noRedis, type Redis, RedisClient, type RedisCommands } from './redis.ts';

/** How long a call waits for the address of Redis to be known; the first calls of an environment go without it. */
const PATIENCE_MS = 50;
/** A secret that could not be read, or says nothing yet, is read again after this. */
const READ_AGAIN_AFTER_MS = 60_000;

/**
 * Redis at the address that a secret names: JSON `{"url": "https://…", "token": "…"}`. An empty `url` says that there is
 * no Redis. The secret is read in the background and never makes a caller wait or fail.
 */
export class RedisFromSecret implements Redis {
  readonly #secrets: Pick<SecretsManagerClient, 'send'>;
  readonly #secretArn: string;
  #connected: Redis | undefined;
  #reading: Promise<Redis> | undefined;
  #readAt = 0;

  constructor(secrets: Pick<SecretsManagerClient, 'send'>, secretArn: string) {
    this.#secrets = secrets;
    this.#secretArn = secretArn;
  }

  async ask<T>(send: (commands: RedisCommands) => Promise<T>): Promise<Answer<T>> {
    const redis = this.#connected ?? (await Promise.race([this.#connect(), giveUp()]));
    return redis.ask(send);
  }

  #connect(): Promise<Redis> {
    const isDue = performance.now() - this.#readAt > READ_AGAIN_AFTER_MS;
    if (!this.#reading || isDue) {
      this.#readAt = performance.now();
      this.#reading = this.#read().catch(() => noRedis);
    }
    return this.#reading;
  }

  async #read(): Promise<Redis> {
    const { SecretString = '{}' } = await this.#secrets.send(
      new GetSecretValueCommand({ SecretId: this.#secretArn }),
    );
    const { url, token } = Object(JSON.parse(SecretString));
    if (typeof url !== 'string' || url === '' || typeof token !== 'string') return noRedis;
    this.#connected = new RedisClient({ url, token });
    return this.#connected;
  }
}

function giveUp(): Promise<Redis> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, noRedis).unref());
}
