import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { type Assembly, ofType } from '../assembly/read-assembly.ts';
import type { RestAnswer, RestService } from './aws-endpoint.ts';

/**
 * S3's PutObject, GetObject and DeleteObject, path style, for the buckets of the template. Objects are files
 * in a folder; browsers on this machine can open them without a signature.
 *
 * @param announce receives the path of each new object, `/<bucket>/<key>`
 */
export function objectService(
  assembly: Assembly,
  folder: string,
  announce: (path: string) => void,
): RestService {
  const buckets = ofType(assembly, 'AWS::S3::Bucket').map(({ ref }) => ref);
  return async ({ method, url, headers, bytes }) => {
    const { pathname } = new URL(url, 'http://localhost');
    const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent);
    if (!buckets.includes(bucket)) return undefined;
    const file = join(folder, bucket, ...rest);
    // A decoded part may escape the folder.
    if (!file.startsWith(join(folder, bucket) + sep)) return failure(400, 'InvalidURI');
    if (method === 'GET') return read(file);
    if (method === 'DELETE') return remove(file);
    if (method !== 'PUT') return undefined;
    await write(file, {
      contentType: String(headers['content-type'] ?? ''),
      base64: unframed(headers, bytes).toString('base64'),
    });
    announce(pathname);
    return { statusCode: 200, body: '', contentType: 'application/xml' };
  };
}

interface StoredObject {
  readonly contentType: string;
  readonly base64: string;
}

/** Atomic: readers never see a partial object. */
async function write(file: string, object: StoredObject): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${createHash('sha256').update(object.base64).digest('hex').slice(0, 8)}.draft`;
  await writeFile(draft, JSON.stringify(object));
  await rename(draft, `${file}.object`);
}

async function read(file: string): Promise<RestAnswer> {
  try {
    const { contentType, base64 }: StoredObject = JSON.parse(await readFile(`${file}.object`, 'utf8'));
    return { statusCode: 200, body: Buffer.from(base64, 'base64'), contentType };
  } catch {
    return failure(404, 'NoSuchKey');
  }
}

async function remove(file: string): Promise<RestAnswer> {
  await rm(`${file}.object`, { force: true });
  return { statusCode: 204, body: '', contentType: 'application/xml' };
}

/**
 * Decodes a chunked body of the SDK: each chunk follows its size in hexadecimal digits. Ignores checksums.
 */
function unframed(headers: Record<string, unknown>, bytes: Buffer): Buffer {
  if (!String(headers['content-encoding'] ?? '').includes('aws-chunked')) return bytes;
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    if (lineEnd < 0 || !(size > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}

function failure(statusCode: number, code: string): RestAnswer {
  return { statusCode, body: `<Error><Code>${code}</Code></Error>`, contentType: 'application/xml' };
}
