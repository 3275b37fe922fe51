import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FAR_FUTURE } from '../../../../shared/domain/account.ts';
import { batchOf, filesOf, textOf } from '../../../../shared/domain/archive/batch.ts';
import { fromLedgerLine, toLedgerLine } from '../../../../shared/domain/archive/ledger-line.ts';
import { manifestOf, sumByFeature } from '../../../../shared/domain/archive/manifest.ts';
import { fromUsageLine, toUsageLine } from '../../../../shared/domain/archive/usage-line.ts';
import type { UsageRecord } from '../../../../shared/domain/archive/usage-record.ts';
import { anyHugeStory, anyStory, replay } from '../../../support/random-accounts.ts';

const DAY: UsageRecord = {
  kind: 'day',
  userId: 'ada',
  feature: 'constructor',
  date: '2026-11-22',
  planId: null,
  used: Number.MAX_SAFE_INTEGER,
  lifetime: { start: 2n ** 60n, end: 2n ** 61n },
  hours: new Map([
    [0, 5],
    [23, 7],
  ]),
  level: { opening: 1, stored: 2, peak: 3 },
  version: 7,
};
const PERIOD: UsageRecord = {
  kind: 'period',
  userId: 'ada',
  feature: 'upload',
  interval: '5h',
  periodStart: null,
  periodEnd: Date.UTC(2026, 10, 22, 5),
  used: 0,
  limit: null,
  late: new Map([['a-b_c', 9]]),
  version: undefined,
};

describe('a line of the archive', () => {
  it.each([
    ['usual amounts', anyStory],
    ['amounts beyond 2^53', anyHugeStory],
  ])('has everything of a ledger entry: %s', (_, stories) => {
    fc.assert(
      fc.property(stories, (story) => {
        for (const entry of replay(story).entries) {
          const line = toLedgerLine(entry);
          expect(line).not.toContain('\n');
          expect(fromLedgerLine(line)).toEqual(entry);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has the optional parts of a ledger entry', () => {
    const [entry] = replay({
      plan: { id: 'free', version: 1, name: 'free', createdAt: 0, allowances: [] },
      steps: [{ afterMs: 0, step: { kind: 'rollover' } }],
    }).entries;
    if (!entry) throw new Error('a rollover is an entry');
    const whole = {
      ...entry,
      resourceType: 'file',
      resourceId: 'a\nb',
      metadata: { tenant: 'x', size: 3, isNew: true },
      reason: 'a gift',
      reservationId: 'r',
      late: [{ feature: 'upload', interval: 'day' as const, periodEnd: 9, amount: 4 }],
      overdrawn: [{ feature: 'upload', interval: 'day' as const, amount: 1 }],
      reservation: {
        expiresAt: 10,
        periods: [
          { feature: 'upload', interval: 'day' as const, periodStart: undefined, periodEnd: 9 },
          { feature: 'storage', interval: 'never' as const, periodStart: 1, periodEnd: FAR_FUTURE },
        ],
      },
    };
    expect(fromLedgerLine(toLedgerLine(whole))).toEqual(whole);
    expect(toLedgerLine(whole)).not.toContain('\n');
  });

  it.each([DAY, PERIOD])('has everything of usage: $kind', (record) => {
    expect(fromUsageLine(toUsageLine(record))).toEqual(record);
  });

  it('names its schema, and instants in ISO 8601', () => {
    expect(JSON.parse(toUsageLine(PERIOD))).toMatchObject({
      schema: 1,
      periodEnd: '2026-11-22T05:00:00.000Z',
      late: { 'a-b_c': 9 },
    });
    expect(JSON.parse(toUsageLine(DAY))).toMatchObject({
      lifetime: { start: '1152921504606846976', end: '2305843009213693952' },
    });
  });
});

describe('a batch', () => {
  it('is divided by kind and day, and is read back whole', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const batch = { entries: replay(story).entries, usage: [DAY, PERIOD] };
        const files = filesOf('b', batch);
        for (const { key, kind, date, lines } of files) {
          expect(key).toBe(`archive/${kind}/date=${date}/b.jsonl.gz`);
          if (kind === 'ledger')
            for (const line of lines) expect(JSON.parse(line).at.slice(0, 10)).toBe(date);
        }
        expect(new Set(files.map(({ key }) => key)).size).toBe(files.length);
        expect(batchOf(new Map(files.map((file) => [file.key, textOf(file)])))).toEqual(batch);
      }),
      { numRuns: 50 },
    );
  });

  it('has a manifest with its ranges of versions, counts and sums', () => {
    const { entries } = replay({
      plan: {
        id: 'free',
        version: 1,
        name: 'free',
        createdAt: 0,
        allowances: [{ feature: 'aiRequest', limit: 100, interval: 'month', enforced: true }],
      },
      steps: [1, 2].map((amount) => ({
        afterMs: 1,
        step: { kind: 'consume', amounts: new Map([['aiRequest', amount]]) },
      })),
    });
    const manifest = manifestOf('b', { entries, usage: [DAY] }, [], Date.UTC(2026, 10, 22));
    expect(manifest).toEqual({
      schema: 1,
      batchId: 'b',
      archivedAt: '2026-11-22T00:00:00.000Z',
      files: [],
      entries: 2,
      usage: 1,
      accounts: [{ userId: 'someone', fromVersion: 1, toVersion: 2 }],
      sums: { aiRequest: { used: '3', held: '0', limit: '100' } },
    });
    expect(sumByFeature([])).toEqual({});
  });
});
