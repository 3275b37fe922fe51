import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

/** The API key of the canary. */
export interface CanaryKey {
  readonly key: string;
  /** When the secret was generated (epoch ms); a deployment stores the key minutes later. */
  readonly createdAt: number;
}

/** The canary's key, in a secret that the deployment generates: JSON `{"canaryKey": "…"}`. */
export class CanaryKeySecret {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #arn: string;

  constructor(client: Pick<SecretsManagerClient, 'send'>, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  /** The current key; `undefined` if the secret does not exist or contains none. */
  async read(): Promise<CanaryKey | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.#arn });
      const { SecretString = '', CreatedDate } = await this.#client.send(command);
      const key = keyIn(SecretString);
      return key === undefined ? undefined : { key, createdAt: CreatedDate?.getTime() ?? 0 };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }
}

function keyIn(text: string): string | undefined {
  try {
    const { canaryKey } = Object(JSON.parse(text));
    return typeof canaryKey === 'string' && canaryKey !== '' ? canaryKey : undefined;
  } catch {
    // The parser's own message quotes the text.
    return undefined;
  }
}
