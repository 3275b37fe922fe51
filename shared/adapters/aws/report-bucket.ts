import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A file of a report. */
export interface ReportFile {
  /** Such as `reports/usage/2026/11/22.html`. */
  readonly key: string;
  readonly contentType: string;
  readonly text: string;
}

/** The private bucket of reports. Saving one again replaces it. */
export class ReportBucket {
  readonly #client: Pick<S3Client, 'send'>;
  readonly #name: string;
  readonly #region: string;

  constructor(client: Pick<S3Client, 'send'>, name: string, region: string) {
    this.#client = client;
    this.#name = name;
    this.#region = region;
  }

  async save({ key, contentType, text }: ReportFile): Promise<void> {
    await this.#client.send(
      new PutObjectCommand({ Bucket: this.#name, Key: key, ContentType: contentType, Body: text }),
    );
  }

  /**
   * Links to a file: in the console, for signed-in users; and its address. A presigned link would admit
   * anyone who has it, and would expire with the session of the function's role, within hours.
   */
  linksTo(key: string): { readonly console: string; readonly address: string } {
    const query = new URLSearchParams({ region: this.#region, prefix: key });
    return {
      console: `https://${this.#region}.console.aws.amazon.com/s3/object/${this.#name}?${query}`,
      address: `s3://${this.#name}/${key}`,
    };
  }
}
