import { gzipSync } from 'node:zlib';
import { AccountScan } from '../../../shared/adapters/dynamodb/account-scan.ts';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import { UsageArchive } from '../../../shared/adapters/dynamodb/usage-archive.ts';
import type { Retention } from '../../../shared/domain/archive/retention.ts';
import { addDays, dateOf } from '../../../shared/domain/date-range.ts';
import { mintOperationId } from '../../../shared/domain/operation.ts';
import { archiveHistory } from '../../../shared/usecases/archive/archive-history.ts';
import { createBenchTables } from '../../support/bench-table.ts';
import { replay } from '../../support/random-accounts.ts';
import { meterRequests } from '../../support/request-meter.ts';
import { samplePlan } from '../../support/sample-account.ts';
import { wire } from '../../support/wiring.ts';

const USERS = 20;
const DAYS = 30;
const CALLS_A_DAY = 10;
const DAY_MS = 86_400_000;
const START = Date.UTC(2033, 0, 1, 12);
/** Long after: all of it is due. */
const NOW = START + 365 * DAY_MS;

/** Of one archived item, on average. */
export interface ArchiveUnits {
  readonly writes: number;
  readonly reads: number;
  /** Of one walk through the table while the item is kept. */
  readonly walkReads: number;
  /** In the bucket, compressed. */
  readonly bytes: number;
}

/** Counts the units of archiving an item of each kind, by the emulator's `ConsumedCapacity`. */
export async function measureArchive(): Promise<Readonly<Record<'ledger' | 'usage', ArchiveUnits>>> {
  const { client, stop } = await createBenchTables('ledger', 'usage');
  try {
    const ledger = { client, name: 'ledger' };
    const usage = { client, name: 'usage' };
    for (let user = 0; user < USERS; user += 1) {
      await appendLedger(ledger, `user-${user}`);
      await setUsage(usage, `user-${user}`);
    }
    const meter = meterRequests(client);
    return {
      ledger: await archive(ledger, { ledgerDays: 30 }, meter),
      usage: await archive(usage, { usageDays: 92 }, meter),
    };
  } finally {
    await stop();
  }
}

type BenchTable = Parameters<typeof wire>[0];

/** A ledger of consumes, and its account. */
async function appendLedger(table: BenchTable, userId: string): Promise<void> {
  const { accounts, ledger } = wire(table, { now: () => NOW });
  const step = { kind: 'consume' as const, amounts: new Map([['aiRequest', 1]]) };
  const steps = Array.from({ length: DAYS * CALLS_A_DAY }, () => ({ afterMs: DAY_MS / CALLS_A_DAY, step }));
  const { entries, images } = replay({ plan: samplePlan([{ limit: 1_000_000 }]), steps }, userId);
  const named = entries.map((entry) => ({ ...entry, operationId: mintOperationId(entry.at) }));
  for (let from = 0; from < named.length; from += 25) await ledger.append(named.slice(from, from + 25));
  const account = images.at(-1);
  if (account) await accounts.save({ ...account, version: 1 });
}

/** A day of usage for each day, and the user's account. */
async function setUsage(table: BenchTable, userId: string): Promise<void> {
  const { accounts, usage } = wire(table, { now: () => NOW });
  for (let day = 0; day < DAYS; day += 1) {
    const before = BigInt(day * CALLS_A_DAY);
    await usage.setDay({
      userId,
      feature: 'aiRequest',
      date: addDays(dateOf(START), day),
      planId: 'free',
      lifetimeBefore: before,
      lifetime: before + BigInt(CALLS_A_DAY),
      firstVersion: 1,
      version: CALLS_A_DAY,
      hours: new Map(Array.from({ length: 8 }, (_, hour) => [9 + hour, before + BigInt(hour)])),
    });
  }
  const step = { kind: 'rollover' as const };
  const [account] = replay({ plan: samplePlan([{}]), steps: [{ afterMs: 0, step }] }, userId).images;
  if (account) await accounts.save(account);
}

async function archive(
  table: BenchTable,
  retention: Retention,
  meter: ReturnType<typeof meterRequests>,
): Promise<ArchiveUnits> {
  let bytes = 0;
  const deps = {
    ...wire(table, { now: () => NOW, sleep: async () => {} }),
    retention,
    accountScan: new AccountScan(table),
    ledgerArchive: new LedgerArchive(table),
    usageArchive: new UsageArchive(table),
    archiveBucket: {
      save: async (key: string, text: string) => {
        const size = gzipSync(text).length;
        if (key.endsWith('.gz')) bytes += size;
        return { bytes: size, sha256: '' };
      },
      read: async () => '',
      remove: async () => {},
    },
  };
  const context = { mayContinue: () => true, progress: () => {}, note: () => {}, checkpoint: undefined };
  meter.take();
  const { counts } = await archiveHistory(deps, { ...context, onceId: 'cost' });
  const items = Number(counts.entries) + Number(counts.usage);
  const sent = meter.take();
  const sum = (pattern: RegExp) =>
    sent.reduce((all, { command, units = 1 }) => all + (pattern.test(command) ? units : 0), 0) / items;
  return {
    // The emulator reports one unit for a batch of statements; DynamoDB bills each, here of items below 1 KB.
    writes: 1 + sum(/^(Put|Update)/),
    reads: sum(/^(Get|Query|BatchGet)/),
    walkReads: sum(/^Scan/),
    bytes: bytes / items,
  };
}
