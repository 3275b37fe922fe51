import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startAwsEndpoint } from '../../infra/local/aws/aws-endpoint.ts';
import { objectService } from '../../infra/local/aws/object-store.ts';
import { ArchiveBucket } from '../../shared/adapters/aws/archive-bucket.ts';

const BUCKET = 'history-bucket';

/** An empty bucket of the local stack's object store. */
export interface LocalBucket {
  readonly bucket: ArchiveBucket;
  /** The keys of its objects, sorted. */
  keys(): Promise<string[]>;
  /** Copies the objects below a folder into a folder of this machine, as `aws s3 sync` does. */
  copy(prefix: string, target: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startLocalBucket(): Promise<LocalBucket> {
  const folder = await mkdtemp(join(tmpdir(), 'quota-archive-'));
  const resource = { logicalId: BUCKET, type: 'AWS::S3::Bucket', properties: {}, ref: BUCKET, arn: BUCKET };
  const assembly = { resources: [resource], bundleFolder: () => '' };
  const service = objectService(assembly, folder, () => {});
  const endpoint = await startAwsEndpoint(
    {},
    async () => undefined,
    () => {},
    [service],
  );
  const client = new S3Client({
    endpoint: endpoint.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const keys = async () => {
    const files = await readdir(join(folder, BUCKET), { recursive: true }).catch(() => []);
    return files.flatMap((file) => /^(.*)\.object$/.exec(file)?.[1] ?? []).sort();
  };
  return {
    bucket: new ArchiveBucket(client, BUCKET),
    keys,
    async copy(prefix, target) {
      for (const key of (await keys()).filter((name) => name.startsWith(prefix))) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
        const file = join(target, key.slice(prefix.length));
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, (await Body?.transformToByteArray()) ?? '');
      }
    },
    async stop() {
      client.destroy();
      await endpoint.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
