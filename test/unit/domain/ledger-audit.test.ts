import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { mintOperationId, RECORD_LIFETIME_MS } from '../../../shared/domain/operation.ts';
import { anyStory, replay, type Story } from '../../support/random-accounts.ts';
import { samplePlan } from '../../support/sample-account.ts';

const consume = (afterMs: number, amount = 1) => ({
  afterMs,
  step: { kind: 'consume' as const, amounts: new Map([['aiRequest', amount]]) },
});

/** Eight consumes of one account, an hour apart, and its ledger. */
function sound(steps: Story['steps'] = Array.from({ length: 8 }, () => consume(3_600_000))) {
  const { images, entries } = replay({ plan: samplePlan([{}]), steps });
  const account = images.at(-1);
  if (!account) throw new Error('the story has steps');
  return { account, entries };
}

/** The entries with one of them changed. @param version counted from 1 */
function changed(
  entries: readonly LedgerEntry[],
  version: number,
  edit: (entry: LedgerEntry) => LedgerEntry,
) {
  return entries.map((entry) => (entry.version === version ? edit(entry) : entry));
}

describe('The audit of a ledger', () => {
  const { account, entries } = sound();

  it('finds nothing in a consistent one, in any order of entries', () => {
    expect(ledgerFindings(account, entries)).toEqual([]);
    expect(ledgerFindings(account, entries.toReversed())).toEqual([]);
  });

  it.each([
    ['the first', [1], 'version 1 is missing'],
    ['one in the middle', [4], 'version 4 is missing'],
    ['several', [3, 4, 5], 'versions 3 to 5 are missing'],
    ['the last', [8], 'version 8 is missing'],
    ['all', [1, 2, 3, 4, 5, 6, 7, 8], 'versions 1 to 8 are missing'],
  ])('finds a gap: %s', (_, missing, finding) => {
    const left = entries.filter(({ version }) => !missing.includes(version));
    const [first, second] = ledgerFindings(account, left);
    expect(first).toBe(finding);
    expect(second).toMatch(/^aiRequest\/month: the ledger sums used to \d, the account has 8$/);
  });

  it('finds a duplicate version', () => {
    const [, second] = entries;
    expect(ledgerFindings(account, [...entries, ...(second ? [second] : [])])).toContain(
      'version 2 is in the ledger twice',
    );
  });

  it('finds one operation in two entries', () => {
    const id = entries[2]?.operationId ?? '';
    const doubled = changed(entries, 7, (entry) => ({ ...entry, operationId: id }));
    expect(ledgerFindings(account, doubled)).toEqual([`the operation ${id} is in versions 3 and 7`]);
  });

  it('finds one operation in three entries', () => {
    const id = entries[2]?.operationId ?? '';
    const twice = changed(entries, 7, (entry) => ({ ...entry, operationId: id }));
    const tripled = changed(twice, 5, (entry) => ({ ...entry, operationId: id }));
    expect(ledgerFindings(account, tripled)).toEqual([
      `the operation ${id} is in versions 5 and 7`,
      `the operation ${id} is in versions 3 and 5`,
    ]);
  });

  it.each([
    ['used', { used: 3 }, 'used to 10, the account has 8'],
    ['held', { held: 2 }, 'held to 2, the account has 0'],
    ['the limit', { limit: -1 }, 'limit to 99, the account has 100'],
  ])('finds a wrong sum of %s', (_, figures, finding) => {
    const wrong = changed(entries, 5, (entry) => ({
      ...entry,
      deltas: entry.deltas.map((delta) => ({ ...delta, ...figures })),
    }));
    expect(ledgerFindings(account, wrong)).toEqual([`aiRequest/month: the ledger sums ${finding}`]);
  });

  it('finds a date that goes back', () => {
    const dated = changed(entries, 5, (entry) => ({ ...entry, at: entry.at - 2 * 3_600_000 }));
    expect(ledgerFindings(account, dated)).toEqual(['version 5 is dated before version 4']);
  });

  it('finds an inconsistent account', () => {
    const counters = new Map([
      ...account.counters,
      ['aiRequest', account.counters.get('aiRequest')?.map((one) => ({ ...one, remaining: 1 })) ?? []],
    ] as const);
    expect(ledgerFindings({ ...account, counters }, entries)).toEqual([
      'aiRequest/month: remaining 1 is not limit − used − held',
    ]);
  });

  it('finds any single missing entry, in any history of an account', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(), (story, pick) => {
        const history = replay(story);
        const last = history.images.at(-1);
        if (!last) return;
        expect(ledgerFindings(last, history.entries)).toEqual([]);
        const left = history.entries.toSpliced(pick % history.entries.length, 1);
        expect(ledgerFindings(last, left)).toContain(
          `version ${(pick % history.entries.length) + 1} is missing`,
        );
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the first findings and counts the others', () => {
    const dates = entries.map((entry) => ({ ...entry, operationId: 'one' }));
    const many = sound(Array.from({ length: 40 }, () => consume(1_000)));
    const doubled = many.entries.map((entry) => ({ ...entry, operationId: 'one' }));
    expect(ledgerFindings(account, dates)).toHaveLength(7);
    const findings = ledgerFindings(many.account, doubled);
    expect(findings).toHaveLength(21);
    expect(findings.at(-1)).toBe('and 19 more findings');
  });
});

describe('A reused key', () => {
  const again = (afterMs: number, operationId: string) => {
    const { account, entries } = sound([consume(0), consume(afterMs), consume(1)]);
    return ledgerFindings(
      account,
      changed(
        changed(entries, 1, (entry) => ({ ...entry, operationId })),
        2,
        (entry) => ({
          ...entry,
          operationId,
        }),
      ),
    );
  };

  it('after its record has expired is another operation', () => {
    expect(again(RECORD_LIFETIME_MS + 1, 'daily')).toEqual([]);
    expect(again(RECORD_LIFETIME_MS, 'daily')).toEqual(['the operation daily is in versions 1 and 2']);
  });

  it('is a finding at any time if the service minted it', () => {
    const minted = mintOperationId(Date.UTC(2033, 0, 1));
    expect(again(RECORD_LIFETIME_MS + 60_000, minted)).toEqual([
      `the operation ${minted} is in versions 1 and 2`,
    ]);
  });
});
