import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test, vi } from 'vitest';
import { synthesize } from '../../infra/local/assembly/synthesize.ts';
import { createDynamoDb } from '../../shared/adapters/dynamodb/dynamodb.ts';
import type { ArchiveManifest } from '../../shared/domain/archive/manifest.ts';
import { addDays, dateOf } from '../../shared/domain/date-range.ts';
import { mintOperationId } from '../../shared/domain/operation.ts';
import { adminApi } from '../support/admin-api.ts';
import { allItems, expireHistory } from '../support/archived-history.ts';
import { useLocalStack } from '../support/local-stack.ts';

const DAY_MS = 86_400_000;
const assemblyFolder = await mkdtemp(join(tmpdir(), 'quota-service-archive-'));
await synthesize(assemblyFolder, { ledgerRetentionDays: 30, usageRetentionDays: 92 });
/** The console output of `npm start`. */
const printed: string[] = [];
const stack = useLocalStack({ assemblyFolder, announce: (line) => printed.push(line) });
afterAll(() => rm(assemblyFolder, { recursive: true, force: true }));

const { call, run } = adminApi(stack);
const consume = async (userId: string, amount: number, key?: string) =>
  call('/v1/quota/consume', {
    body: { userId, type: 'aiRequest', amount },
    ...(key !== undefined && { headers: { 'idempotency-key': key } }),
  });
const move = (days: number) => stack().moveClock({ byMs: days * DAY_MS });

async function now(): Promise<number> {
  return Date.parse(Object(await (await fetch(`${stack().controlUrl}/clock`)).json()).now);
}

/** The stored objects below `archive/`, by key, as text. */
async function archived(): Promise<Map<string, string>> {
  const urls = printed.flatMap((line) => /^object (http:\S+\/archive\/\S+)$/.exec(line)?.[1] ?? []);
  const texts = urls.map(async (url): Promise<[string, string]> => {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    const key = decodeURIComponent(url.slice(url.indexOf('/archive/') + 1));
    return [key, (key.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()];
  });
  return new Map(await Promise.all(texts));
}

async function expectSoundLedgers(): Promise<void> {
  await vi.waitFor(
    async () => {
      const { state, counts } = await run('ledger-audit');
      expect({ state, counts }).toMatchObject({ state: 'succeeded', counts: { findings: 0, behind: 0 } });
    },
    { timeout: 120_000, interval: 1_000 },
  );
}

test('history older than the retention moves into the archive, and every promise about it holds', async () => {
  const first = dateOf(await now());
  const forgotten = mintOperationId(await now());
  const { operationId } = (await consume('ada', 40)).body;
  for (const userId of ['ada', 'ben']) await consume(userId, 2);
  await expectSoundLedgers();
  await move(100);
  await consume('ada', 5);
  // The clock's move has run the schedule once; its record is the proof.
  const [record] = (await call('/v1/admin/jobs/history-archive/runs')).body.runs.slice(-1);
  expect(record).toMatchObject({
    state: 'succeeded',
    trigger: { kind: 'schedule', schedule: 'hourly' },
    counts: { failed: 0, blocked: 0, batches: 1 },
    errors: [],
  });

  const files = await archived();
  const manifests = [...files].filter(([key]) => key.startsWith('archive/manifests/'));
  expect(manifests).toHaveLength(1);
  const manifest: ArchiveManifest = JSON.parse(manifests[0]?.[1] ?? '');
  expect(manifest.entries).toBe(record.counts.entries);
  expect(manifest.files.map(({ key }) => key)).toEqual(
    expect.arrayContaining([
      expect.stringContaining(`archive/ledger/date=${first}/`),
      expect.stringContaining(`archive/usage/date=${first}/`),
    ]),
  );
  const lines = manifest.files
    .filter(({ kind }) => kind === 'ledger')
    .flatMap(({ key }) => (files.get(key) ?? '').trimEnd().split('\n'))
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(manifest.entries);
  expect(lines).toContainEqual(
    expect.objectContaining({ userId: 'ada', kind: 'consume', amounts: { aiRequest: 40 }, operationId }),
  );

  await expectSoundLedgers();
  await move(9);
  const endpoint = { endpoint: stack().dynamodbEndpoint, region: 'local' };
  const client = createDynamoDb({
    ...endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = { client, name: stack().tableName };
  const gone = await expireHistory(table, await now());
  expect(gone.length).toBeGreaterThanOrEqual(manifest.entries + manifest.usage);
  // The canary's account is younger.
  const isFirst = ({ pk, sk }: { pk: string; sk: string }) =>
    /^ACCOUNT#(ada|ben)$/.test(pk) && sk === 'LEDGER#000000000001';
  expect((await allItems(table)).filter(isFirst)).toEqual([]);
  await expectSoundLedgers();

  // The account still remembers one operation, and knows nothing of the other.
  expect((await consume('ada', 40, operationId)).body).toMatchObject({ replayed: true });
  expect(await consume('ada', 40, forgotten)).toMatchObject({ status: 422, body: { code: 'key_expired' } });
  const usage = await call(`/v1/users/ada/usage?from=${first}&to=${first}`);
  expect(usage).toMatchObject({ status: 400, body: { code: 'range_not_kept' } });
  const today = dateOf(await now());
  const recent = await call(`/v1/users/ada/usage?type=aiRequest&from=${addDays(today, -20)}&to=${today}`);
  expect(recent).toMatchObject({ status: 200, body: { features: [{ used: 5 }] } });
});
