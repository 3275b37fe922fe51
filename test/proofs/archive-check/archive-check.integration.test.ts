import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import type { ArchiveManifest } from '../../../shared/domain/archive/manifest.ts';
import { archiveHistory } from '../../../shared/usecases/archive/archive-history.ts';
import { archiveDeps } from '../../support/archived-history.ts';
import { jobContext } from '../../support/jobs.ts';
import { type LocalBucket, startLocalBucket } from '../../support/local-bucket.ts';
import { createPlans, useForMonths } from '../../support/months-of-use.ts';
import { createTestService, type TestService } from '../../support/service.ts';

const COMMAND = resolve(import.meta.dirname, './run.ts');
const DAY_MS = 86_400_000;
let service: TestService;
let bucket: LocalBucket;
let folder: string;

const table = () => ({ client: service.table.documentClient, name: service.table.tableName });

beforeAll(async () => {
  service = await createTestService();
  bucket = await startLocalBucket();
  await createPlans(service);
  service.clock.freezeAt('2033-01-03T09:00:00Z');
  for (let walk = 0; walk < 2; walk += 1) {
    await useForMonths(service, ['ada', 'bob'], 3);
    service.clock.advanceMs(100 * DAY_MS);
    const deps = archiveDeps(table(), bucket, service.now);
    await archiveHistory({ ...deps, retention: { ledgerDays: 30, usageDays: 92 } }, jobContext());
  }
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quota-archive-copy-'));
  await bucket.copy('archive/', folder);
});
afterAll(async () => {
  await service.table.drop();
  await bucket.stop();
});

async function check(): Promise<{ code: number; lines: string[] }> {
  const { tableName, endpoint } = service.table;
  const options = ['--directory', folder, '--table', tableName, '--endpoint', endpoint];
  const result = await new Promise<{ code: number; lines: string[] }>((done) => {
    execFile(process.execPath, [COMMAND, ...options], (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, lines: `${stdout}${stderr}`.trimEnd().split('\n') }),
    );
  });
  await rm(folder, { recursive: true, force: true });
  return result;
}

/** The first file of the ledger. */
async function firstFile(): Promise<string> {
  const [day = ''] = (await readdir(join(folder, 'ledger'))).sort();
  const [file = ''] = await readdir(join(folder, 'ledger', day));
  return join('ledger', day, file);
}

test('exits with 0 and counts when archive and table agree', async () => {
  expect(await check()).toEqual({
    code: 0,
    lines: [expect.stringMatching(/^batches 2, entries [1-9]\d+, usage [1-9]\d+, accounts 2, findings 0$/)],
  });
});

test('finds a missing file, and the entries that it had', async () => {
  const file = await firstFile();
  await rm(join(folder, file));
  const { code, lines } = await check();
  expect(code).toBe(1);
  expect(lines).toContainEqual(expect.stringMatching(`^${file} is missing, and in manifests/`));
  expect(lines).toContain('ada: version 1 is missing');
});

test('finds a changed file', async () => {
  const file = await firstFile();
  const lines = gunzipSync(await readFile(join(folder, file)))
    .toString()
    .split('\n');
  await writeFile(join(folder, file), gzipSync(lines.slice(1).join('\n')));
  expect((await check()).lines).toContainEqual(expect.stringMatching(`^${file} has another digest than`));
});

test('finds a file of a batch that was not completed', async () => {
  await writeFile(join(folder, 'usage', 'left.jsonl.gz'), gzipSync(''));
  expect(await check()).toMatchObject({
    code: 1,
    lines: ['usage/left.jsonl.gz is in no manifest: its batch was not completed', expect.anything()],
  });
});

/** Stores a batch again, with an edit of its first entry, as another run would. */
async function archiveAgain(edit: (line: string) => string): Promise<void> {
  const [name = ''] = (await readdir(join(folder, 'manifests'))).sort();
  const manifest: ArchiveManifest = JSON.parse(await readFile(join(folder, 'manifests', name), 'utf8'));
  const files = manifest.files.filter(({ kind }) => kind === 'ledger');
  for (const [index, file] of files.entries()) {
    const path = file.key.replace('archive/', '');
    const text = gunzipSync(await readFile(join(folder, path))).toString();
    const bytes = gzipSync(index === 0 ? edit(text) : text);
    await writeFile(join(folder, path.replace('.jsonl', '-2.jsonl')), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    files[index] = { ...file, key: file.key.replace('.jsonl', '-2.jsonl'), sha256 };
  }
  await writeFile(
    join(folder, 'manifests', name.replace('.json', '-2.json')),
    JSON.stringify({ ...manifest, usage: 0, files }),
  );
}

test('accepts a batch that a restored table archived again, if it is equal', async () => {
  await archiveAgain((text) => text);
  expect(await check()).toMatchObject({ code: 0 });
  folder = await mkdtemp(join(tmpdir(), 'quota-archive-copy-'));
  await bucket.copy('archive/', folder);
  await archiveAgain((text) => text.replace('"planId":"free"', '"planId":"pro"'));
  expect(await check()).toMatchObject({
    code: 1,
    lines: [expect.stringMatching(/^\w+: version 1 is there twice, and differs$/), expect.anything()],
  });
});

test('finds a checkpoint that is not the sum of the archive', async () => {
  const archive = new LedgerArchive(table());
  const present = (await archive.checkpoints(['bob'])).get('bob');
  if (!present) throw new Error('bob has a checkpoint');
  const wrong = { ...present, since: { ...present.since, version: present.version } };
  await archive.saveCheckpoint({ ...wrong, lifetime: new Map([['aiRequest', 1n]]) });
  expect((await check()).lines[0]).toBe(
    'bob: the checkpoint in the table is not the sum of the archived entries',
  );
});

test('exits with 2 without a copy', async () => {
  await rm(folder, { recursive: true, force: true });
  expect((await check()).code).toBe(2);
});
