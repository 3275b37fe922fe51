import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { RestAnswer, RestService } from './aws-endpoint.ts';

/**
 * S3's PutObject and GetObject, path style, for the buckets of the template. Objects are files in a folder;
 * browsers on this machine can open them without a signature.
 *
 * @param announce receives the path of each new object, `/<bucket>/<key>`
 */
export function objectService(
  assembly: Assembly,
  folder: string,
  announce: (path: string) => void,
): RestService {
  const buckets = ofType(assembly, 'AWS::S3::Bucket').map(({ ref }) => ref);
  return async ({ method, url, headers, body }) => {
    const { pathname } = new URL(url, 'http://localhost');
    const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
    if (!buckets.includes(bucket)) return undefined;
    const file = join(folder, bucket, ...rest);
    // A decoded part may escape the folder.
    if (!file.startsWith(join(folder, bucket) + sep)) return failure(400, 'InvalidURI');
    if (method === 'GET') return read(file);
    if (method !== 'PUT') return undefined;
    await write(file, { contentType: String(headers['content-type'] ?? ''), body: unframed(headers, body) });
    announce(pathname);
    return { statusCode: 200, body: '', contentType: 'application/xml' };
  };
}

interface StoredObject {
  readonly contentType: string;
  readonly body: string;
}

/** Atomic: readers never see a partial object. */
async function write(file: string, object: StoredObject): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${createHash('sha256').update(object.body).digest('hex').slice(0, 8)}.draft`;
  await writeFile(draft, JSON.stringify(object));
  await rename(draft, `${file}.object`);
}

async function read(file: string): Promise<RestAnswer> {
  try {
    const { contentType, body }: StoredObject = JSON.parse(await readFile(`${file}.object`, 'utf8'));
    return { statusCode: 200, body, contentType };
  } catch {
    return failure(404, 'NoSuchKey');
  }
}

/**
 * Decodes a chunked body of the SDK: each chunk follows its size in hexadecimal digits. Ignores checksums.
 */
function unframed(headers: Record<string, unknown>, body: string): string {
  if (!String(headers['content-encoding'] ?? '').includes('aws-chunked')) return body;
  const bytes = Buffer.from(body);
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(chunks).toString();
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function failure(statusCode: number, code: string): RestAnswer {
  return { statusCode, body: `<Error><Code>${code}</Code></Error>`, contentType: 'application/xml' };
}
