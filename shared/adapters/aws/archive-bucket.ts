import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A stored object: its size in bytes and the SHA-256 of them (hexadecimal). */
export interface StoredObject {
  readonly bytes: number;
  readonly sha256: string;
}

const IS_COMPRESSED = /\.gz$/;

/** The private, versioned bucket of archived history. Texts whose key ends with `.gz` are compressed. */
export class ArchiveBucket {
  readonly #client: Pick<S3Client, 'send'>;
  readonly #name: string;

  constructor(client: Pick<S3Client, 'send'>, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /**
   * Stores a text; S3 rejects it unless the bytes that arrive have the digest of the bytes that were sent.
   */
  async save(key: string, text: string): Promise<StoredObject> {
    const isCompressed = IS_COMPRESSED.test(key);
    const body = isCompressed ? await promisify(gzip)(text) : Buffer.from(text);
    const digest = createHash('sha256').update(body).digest();
    await this.#client.send(
      new PutObjectCommand({
        Bucket: this.#name,
        Key: key,
        Body: body,
        ContentType: isCompressed ? 'application/gzip' : 'application/json',
        ChecksumSHA256: digest.toString('base64'),
      }),
    );
    return { bytes: body.length, sha256: digest.toString('hex') };
  }

  /** Reads a text that `save` stored. */
  async read(key: string): Promise<string> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#name, Key: key }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    return (IS_COMPRESSED.test(key) ? await promisify(gunzip)(bytes) : bytes).toString('utf8');
  }

  /** Removes a text, if there is one. The bucket keeps the removed version. */
  async remove(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key }));
  }
}
