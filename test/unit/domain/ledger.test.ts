import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Account,
  brokenInvariants,
  type Change,
  FAR_FUTURE,
  mapCounters,
  recount,
} from '../../../shared/domain/account.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { placeHold } from '../../../shared/domain/hold.ts';
import { ledgerEntry, sumLedger } from '../../../shared/domain/ledger.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { anyStory, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

describe('Nothing lost', () => {
  it('in any history of an account, every image is consistent', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const image of replay(story).images) expect(brokenInvariants(image)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('in any history of an account, the ledger sums up to its balance', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const { images, entries } = replay(story);
        const account = images.at(-1);
        if (account) expect(ledgerFindings(account, entries)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('a closed period keeps its own sum', () => {
    const day = 86_400_000;
    const consume = (afterMs: number, amount: number) => ({
      afterMs,
      step: { kind: 'consume' as const, amounts: new Map([['upload', amount]]) },
    });
    const { entries } = replay({
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

describe('a ledger entry', () => {
  const withChange = (account: Account, version = 2) => {
    const change: Change = {
      kind: 'consume',
      operationId: 'operation',
      keyed: false,
      fingerprint: '',
      at: SAMPLE_NOW,
      amounts: units(1),
    };
    return { ...account, version, change };
  };
  const deltas = (before: Account | undefined, after: Account) =>
    ledgerEntry(before, withChange(after), SAMPLE_NOW).deltas.map(({ interval, used, held, limit }) => [
      interval,
      used,
      held,
      limit,
    ]);
  const two = sampleAccount([{}, { interval: 'day', limit: 10 }]);

  it('has the change, its resulting account and its deltas', () => {
    const { periodStart } = counterOf(sampleAccount());
    const after = withChange(debit(sampleAccount(), units(5)));
    expect(ledgerEntry(sampleAccount(), after, 7)).toEqual({
      ...after.change,
      userId: 'someone',
      version: 2,
      planId: 'free',
      deltas: [{ feature: 'aiRequest', interval: 'month', periodStart, used: 5, held: 0, limit: 0 }],
      projectedAt: 7,
    });
  });

  it('of a first version has all figures; one that changed no figure is empty', () => {
    expect(deltas(undefined, debit(two, units(5)))).toEqual([
      ['month', 5, 0, 100],
      ['day', 5, 0, 10],
    ]);
    expect(deltas(two, two)).toEqual([]);
  });

  it('has held units, or limits, alone', () => {
    expect(deltas(sampleAccount(), placeHold(sampleAccount(), 'hold', units(3), FAR_FUTURE))).toEqual([
      ['month', 0, 3, 0],
    ]);
    expect(deltas(sampleAccount(), sampleAccount([{ limit: 120 }]))).toEqual([['month', 0, 0, 20]]);
  });

  it('keeps the figures of a closed period, and reverses a dropped one', () => {
    const used = debit(two, units(5));
    const tomorrow = mapCounters(used, ['aiRequest'], (counter) =>
      counter.interval === 'day'
        ? { ...recount(counter, { used: 0 }), periodStart: counter.periodEnd, periodEnd: FAR_FUTURE }
        : counter,
    );
    expect(deltas(used, tomorrow)).toEqual([['day', 0, 0, 10]]);
    const month = counterOf(used, 'aiRequest', 'month');
    expect(deltas(used, { ...used, counters: new Map([['aiRequest', [month]]]) })).toEqual([
      ['day', -5, 0, -10],
    ]);
    expect(deltas(used, { ...used, counters: new Map() })).toEqual([
      ['month', -5, 0, -100],
      ['day', -5, 0, -10],
    ]);
  });
});
