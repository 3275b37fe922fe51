import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** The keys that a deployment brings, in Secrets Manager: JSON `{"adminKey": "…", "serviceKey": "…"}`. */
export class BootstrapKeysSecret {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #arn: string;

  constructor(client: Pick<SecretsManagerClient, 'send'>, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  /** The secret as it stands; its form is for the caller to judge. */
  async read(): Promise<unknown> {
    const { SecretString = '' } = await this.#client.send(new GetSecretValueCommand({ SecretId: this.#arn }));
    try {
      return JSON.parse(SecretString);
    } catch {
      // The parser's own message quotes the text.
      throw new Error('the secret of the first keys is not JSON');
    }
  }
}
