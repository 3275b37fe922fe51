import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenInvariants } from '../../../shared/domain/account.ts';
import { ledgerFaults, sumLedger } from '../../../shared/domain/ledger.ts';
import { anyStory, tell } from '../../support/random-accounts.ts';

describe('Nothing lost', () => {
  it('whatever happens to an account, every image of it is sound', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const image of tell(story).images) expect(brokenInvariants(image)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('whatever happens to an account, the ledger sums up to its balance', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { images, entries } = tell(story);
        const account = images.at(-1);
        if (account) expect(ledgerFaults(account, entries)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('a version that is missing, doubled or wrong is a fault', () => {
    const amounts = new Map([['aiRequest', 1]]);
    const { images, entries } = tell({
      plan: {
        id: 'free',
        version: 1,
        name: 'free',
        createdAt: 0,
        allowances: [{ feature: 'aiRequest', limit: 10, interval: 'month', enforced: true }],
      },
      steps: Array.from({ length: 4 }, () => ({ afterMs: 1, step: { kind: 'consume' as const, amounts } })),
    });
    const account = images[3];
    const [, second, third] = entries;
    if (!account || !second || !third) throw new Error('four consumes make four entries');
    expect(ledgerFaults(account, entries)).toEqual([]);
    expect(ledgerFaults(account, entries.toSpliced(1, 1))).not.toEqual([]);
    expect(ledgerFaults(account, [...entries, second])).not.toEqual([]);
    expect(ledgerFaults(account, entries.with(1, third))).toHaveLength(1);
    expect(ledgerFaults({ ...account, version: 5 }, entries)).not.toEqual([]);
    const doubled = second.deltas.map((delta) => ({ ...delta, used: delta.used * 2 }));
    expect(ledgerFaults(account, entries.with(1, { ...second, deltas: doubled }))).not.toEqual([]);
  });

  it('a closed period keeps its own sum', () => {
    const day = 86_400_000;
    const consume = (afterMs: number, amount: number) => ({
      afterMs,
      step: { kind: 'consume' as const, amounts: new Map([['upload', amount]]) },
    });
    const { entries } = tell({
      plan: {
        id: 'free',
        version: 1,
        name: 'free',
        createdAt: 0,
        allowances: [{ feature: 'upload', limit: 10, interval: 'day', enforced: true }],
      },
      steps: [consume(0, 4), consume(1, 3), consume(day, 2)],
    });
    expect([...sumLedger(entries).values()]).toEqual([
      { used: 7, held: 0, limit: 10 },
      { used: 2, held: 0, limit: 10 },
    ]);
  });
});
