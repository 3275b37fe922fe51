import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** The first keys of a deployment, in Secrets Manager: JSON `{"adminKey": "…", "serviceKey": "…"}`. */
export class BootstrapKeysSecret {
  readonly #client: Pick<SecretsManagerClient, 'send'>;
  readonly #arn: string;

  constructor(client: Pick<SecretsManagerClient, 'send'>, arn: string) {
    this.#client = client;
    this.#arn = arn;
  }

  /** The parsed secret; the caller validates its form. */
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
