import { DeleteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { AccountScan } from '../../shared/adapters/dynamodb/account-scan.ts';
import { ArchiveProgress } from '../../shared/adapters/dynamodb/archive-progress.ts';
import type { Table } from '../../shared/adapters/dynamodb/dynamodb.ts';
import { LedgerArchive } from '../../shared/adapters/dynamodb/ledger-archive.ts';
import { UsageArchive } from '../../shared/adapters/dynamodb/usage-archive.ts';
import { type ArchiveBatch, batchOf } from '../../shared/domain/archive/batch.ts';
import { type ArchiveManifest, rangesOf, sumByFeature } from '../../shared/domain/archive/manifest.ts';
import type { ArchiveHistoryDeps } from '../../shared/usecases/archive/archive-history.ts';
import type { LocalBucket } from './local-bucket.ts';

/** The dependencies of the archive over a table and a bucket, without its pauses. */
export function archiveDeps(
  table: Table,
  { bucket }: Pick<LocalBucket, 'bucket'>,
  now: () => number,
): Omit<ArchiveHistoryDeps, 'retention'> {
  return {
    now,
    sleep: async () => {},
    random: () => 0,
    accountScan: new AccountScan(table),
    ledgerArchive: new LedgerArchive(table),
    usageArchive: new UsageArchive(table),
    archiveProgress: new ArchiveProgress(table),
    archiveBucket: bucket,
  };
}

/**
 * Reads the archive as an auditor does, and checks every manifest: all files exist, no other file does, and
 * digests, counts and sums agree.
 */
export async function readArchive(bucket: LocalBucket): Promise<ArchiveBatch> {
  const keys = await bucket.keys();
  const manifests = keys.filter((key) => key.startsWith('archive/manifests/'));
  const batches: ArchiveBatch[] = [];
  const listed: string[] = [];
  for (const key of manifests) {
    const manifest: ArchiveManifest = JSON.parse(await bucket.bucket.read(key));
    const texts = new Map<string, string>();
    for (const { key: file, lines, date } of manifest.files) {
      const text = await bucket.bucket.read(file);
      expect(text.split('\n')).toHaveLength(lines + 1);
      expect(file).toContain(`/date=${date}/`);
      texts.set(file, text);
    }
    const batch = batchOf(texts);
    expect({
      entries: batch.entries.length,
      usage: batch.usage.length,
      sums: sumByFeature(batch.entries),
      accounts: new Set(rangesOf(batch.entries)),
    }).toEqual({
      entries: manifest.entries,
      usage: manifest.usage,
      sums: manifest.sums,
      accounts: new Set(manifest.accounts),
    });
    batches.push(batch);
    listed.push(key, ...texts.keys());
  }
  expect(listed.sort()).toEqual(keys);
  return {
    entries: batches.flatMap(({ entries }) => entries),
    usage: batches.flatMap(({ usage }) => usage),
  };
}

type Item = Record<string, unknown> & { readonly pk: string; readonly sk: string };

/** Every item of a table. */
export async function allItems({ client, name: TableName }: Table): Promise<Item[]> {
  const items: Item[] = [];
  for (let start: Record<string, unknown> | undefined; ; ) {
    const page = await client.send(
      new ScanCommand({ TableName, ConsistentRead: true, ...(start && { ExclusiveStartKey: start }) }),
    );
    items.push(...((page.Items ?? []) as Item[])); // every item has its keys
    start = page.LastEvaluatedKey;
    if (!start) return items;
  }
}

/** Deletes history that may be gone at `now` (epoch ms), as DynamoDB does. Returns the deleted items. */
export async function expireHistory(table: Table, now: number): Promise<Item[]> {
  const due = (await allItems(table)).filter(
    ({ sk, ttl }) => /^(LEDGER|USAGE)#/.test(sk) && ttl !== undefined && Number(ttl) * 1_000 <= now,
  );
  for (const { pk, sk } of due)
    await table.client.send(new DeleteCommand({ TableName: table.name, Key: { pk, sk } }));
  return due;
}
