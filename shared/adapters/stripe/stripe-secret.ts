import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Unavailable } from '../../domain/faults.ts';

/** The service's access to its Stripe account. */
export interface StripeKeys {
  readonly secretKey: string;
  /** Several during a rotation: a webhook signed with any of them is Stripe's. */
  readonly webhookSecrets: readonly string[];
  /** The base URL of Stripe's API, such as `http://127.0.0.1:4242`; absent: Stripe's own. */
  readonly apiBase?: string;
}

/** So that a rolled key is used without a deployment. */
const READ_AGAIN_AFTER_MS = 60_000;
/** Without Stripe each read would be paid for in vain, in every environment. */
const READ_EMPTY_AGAIN_AFTER_MS = 15 * 60_000;

/**
 * The keys of the Stripe account, from a secret: JSON `{"secretKey": "sk_…", "webhookSecrets":
 * "whsec_…,whsec_…"}`, the latter also as a list. An empty `secretKey` means that there is no Stripe.
 */
export class StripeSecret {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #arn: string;
  readonly #now: () => number;
  #known: { readonly keys: StripeKeys | undefined; readonly readAt: number } | undefined;

  constructor(client: Pick<SecretsManagerClient, 'send'>, arn: string, now: () => number) {
    this.#client = client;
    this.#arn = arn;
    this.#now = now;
  }

  /**
   * The keys, at most a minute old; undefined if Stripe is not configured, as of the last 15 minutes. Known
   * keys stay in use while the secret cannot be read.
   *
   * @throws Unavailable when the secret was never read and cannot be
   */
  async keys(): Promise<StripeKeys | undefined> {
    const now = this.#now();
    const freshForMs = this.#known?.keys ? READ_AGAIN_AFTER_MS : READ_EMPTY_AGAIN_AFTER_MS;
    if (this.#known && now - this.#known.readAt < freshForMs) return this.#known.keys;
    try {
      this.#known = { keys: await this.#read(), readAt: now };
    } catch (cause) {
      if (!this.#known?.keys) throw new Unavailable("Stripe's keys cannot be read", { cause });
    }
    return this.#known.keys;
  }

  async #read(): Promise<StripeKeys | undefined> {
    const { SecretString = '' } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#arn }));
    return parseKeys(SecretString);
  }
}

function parseKeys(text: string): StripeKeys | undefined {
  const { secretKey, webhookSecrets, apiBase } = fieldsOf(text);
  if (typeof secretKey !== 'string' || secretKey === '') return undefined;
  return {
    secretKey,
    webhookSecrets: listed(webhookSecrets),
    ...(typeof apiBase === 'string' && apiBase !== '' && { apiBase }),
  };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text));
  } catch {
    // The parser's own message quotes the text.
    throw new Error("the secret with Stripe's keys is not JSON");
  }
}

function listed(value: unknown): string[] {
  const parts: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(',');
  return parts.map((part) => String(part).trim()).filter((part) => part !== '');
}
