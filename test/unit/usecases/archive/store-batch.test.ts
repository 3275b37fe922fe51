import { expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../shared/domain/ledger.ts';
import { type StoreBatchDeps, storeBatch } from '../../../../shared/usecases/archive/store-batch.ts';
import { replay } from '../../../support/random-accounts.ts';
import { samplePlan } from '../../../support/sample-account.ts';

/** A ledger of consumes. */
function ledgerOf(userId: string, length: number): readonly LedgerEntry[] {
  const step = { kind: 'consume' as const, amounts: new Map([['aiRequest', 1]]) };
  const steps = Array.from({ length }, () => ({ afterMs: 1, step }));
  return replay({ plan: samplePlan([{}]), steps }, userId).entries;
}

/** Everything succeeds; each request that marks entries, and each pause, is recorded. */
function recording(events: (readonly string[] | 'pause')[]): StoreBatchDeps {
  return {
    now: () => 0,
    random: () => 0,
    sleep: async () => void events.push('pause'),
    ledgerArchive: {
      checkpoints: async () => new Map(),
      saveCheckpoint: async () => true,
      expire: async (some) => void events.push(some.map(({ userId }) => userId)),
    },
    usageArchive: { expire: async () => {} },
    archiveProgress: { plan: async () => true, commit: async () => true, end: async () => true },
    archiveBucket: {
      save: async () => ({ bytes: 0, sha256: '' }),
      read: async () => '',
      remove: async () => {},
    },
  };
}

it('a large account is marked 25 entries at a time, with pauses between; small accounts share requests', async () => {
  const small = Array.from({ length: 20 }, (_, index) => ledgerOf(`small-${index}`, 3));
  const entries = [...ledgerOf('large', 60), ...small.flat()];
  const events: (readonly string[] | 'pause')[] = [];
  await storeBatch(recording(events), 'owner', { entries, usage: [] });

  const requests = events.filter((event) => event !== 'pause');
  expect(requests.flat().sort()).toEqual(entries.map(({ userId }) => userId).sort());
  expect(requests.map(({ length }) => length)).toEqual([25, 25, 25, 10, 25, 10]);
  const ofLarge = events.flatMap((event, index) => (event.includes('large') ? [index] : []));
  expect(ofLarge).toHaveLength(3);
  for (const [from, to] of [ofLarge.slice(0, 2), ofLarge.slice(1)])
    expect(events.slice(from, to)).toContain('pause');
});
