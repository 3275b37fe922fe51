import { ApiKeyStore } from '../../../shared/adapters/dynamodb/api-key-store.ts';
import { ArchiveProgress } from '../../../shared/adapters/dynamodb/archive-progress.ts';
import type { Table } from '../../../shared/adapters/dynamodb/dynamodb.ts';
import { JobStore } from '../../../shared/adapters/dynamodb/job-store.ts';
import { LedgerArchive } from '../../../shared/adapters/dynamodb/ledger-archive.ts';
import { RateBucketStore } from '../../../shared/adapters/dynamodb/rate-bucket-store.ts';
import { TableLayout } from '../../../shared/adapters/dynamodb/table-layout.ts';
import { nothingPublished, notificationDeps } from '../../support/published.ts';
import { wire } from '../../support/wiring.ts';

/**
 * The instants of the history. So far ahead that DynamoDB Local, whose TTL follows the real time, keeps the
 * items.
 */
export const HISTORY = {
  startsAt: Date.UTC(2040, 0, 15, 12),
  /** In the next month, in which periods were closed. */
  endsAt: Date.UTC(2040, 1, 2, 9),
  user: 'ada',
  /** A user with a reservation, and with a gauge. */
  other: 'ben',
  /** A user with a subscription. */
  subscriber: 'cyd',
  /** A user whose account has every attribute that an account may have. */
  rare: 'dee',
  keys: { consume: 'consume-of-ada', reserve: 'reserve-of-ben', old: 'first-of-ada' },
  feature: 'aiRequest',
  gauge: 'storage',
  apiKey: 'qk_the-first-admin-key-of-a-released-table',
  limitedKey: 'qk_a-key-with-a-rate-limit',
  plan: 'team',
  price: 'price_team',
  customer: 'cus_ada',
  subscription: 'sub_ada',
  event: 'evt_ada',
  job: 'quota-reset',
  run: '01JHISTORY0000000000000000',
} as const;

/** Everything that writes or reads an item, over one table, at a time that the caller sets. */
export function historyDeps(table: Table) {
  let now: number = HISTORY.startsAt;
  const clock = { now: () => now, sleep: async () => {}, random: () => 0.5 };
  return {
    ...wire(table, clock),
    ...notificationDeps(table, nothingPublished()),
    apiKeys: new ApiKeyStore(table),
    jobs: new JobStore(table),
    table,
    rateBuckets: new RateBucketStore(table, 5_000),
    layout: new TableLayout(table),
    ledgerArchive: new LedgerArchive(table),
    archiveProgress: new ArchiveProgress(table),
    /** @param at epoch ms */
    moveTo: (at: number) => {
      now = at;
    },
  };
}

export type HistoryDeps = ReturnType<typeof historyDeps>;
