import { describe, expect, it } from 'vitest';
import { isLinearizable } from './is-linearizable.ts';
import { type QuotaOperation, UNSEEN } from './quota-machine.ts';
import { eventsOf, type Observation, type RecordedCall } from './recorded-history.ts';

const use = (amount: number, key?: string): QuotaOperation => ({
  verb: 'consume',
  amounts: { aiRequest: amount },
  ...(key && { key }),
});
const read: QuotaOperation = { verb: 'read' };
const used = (amount: number, version?: number) => ({
  figures: { aiRequest: { limit: 10, used: amount, held: 0 } },
  ...(version !== undefined && { version }),
});
const changed = (amount: number, version?: number): Observation => ({
  code: 'changed',
  isOwnImage: true,
  ...used(amount, version),
});
const sees = (amount: number): Observation => ({ code: 'read', ...used(amount) });

type Line = readonly [from: number, to: number, operation: QuotaOperation, observed: Observation];
const explains = (...lines: Line[]) =>
  isLinearizable(
    UNSEEN,
    eventsOf(
      lines.map(([from, to, operation, observed], client): RecordedCall => {
        return { client, operation, observed, from, to };
      }),
    ),
  );

describe('the linearizability checker accepts', () => {
  it('concurrent calls, answered in either order', () => {
    expect(explains([0, 9, use(1), changed(3)], [0, 9, use(2), changed(2)])).toBe(true);
  });

  it('a read concurrent with a write, with or without its effect', () => {
    expect(explains([0, 9, use(1), changed(1)], [1, 5, read, sees(0)], [6, 8, read, sees(1)])).toBe(true);
  });

  it('an unknown outcome that took effect, late, or never', () => {
    const lost: Line = [0, 1, use(4), { code: 'unknown' }];
    expect(explains(lost, [2, 3, read, sees(4)])).toBe(true);
    expect(explains(lost, [2, 3, read, sees(0)], [4, 5, read, sees(4)])).toBe(true);
    expect(explains(lost, [2, 3, read, sees(0)], [4, 5, use(10), changed(10)])).toBe(true);
  });

  it('a cached denial that was right a moment ago', () => {
    const denied: Observation = { code: 'denied', isCached: true };
    const reset: Line = [2, 3, { verb: 'reset' }, { code: 'changed', isOwnImage: true }];
    expect(explains([0, 1, use(10), changed(10)], reset, [4, 5, use(1), denied])).toBe(true);
  });

  it('one key sent twice and charged once', () => {
    const again: Line = [2, 3, use(3, 'k'), { code: 'replayed', ...used(3, 1) }];
    expect(explains([0, 1, use(3, 'k'), changed(3, 1)], again)).toBe(true);
    expect(explains([0, 1, use(3, 'k'), changed(3, 1)], again, [4, 5, read, sees(3)])).toBe(true);
  });
});

describe('the linearizability checker rejects', () => {
  it('a lost update', () => {
    expect(explains([0, 9, use(1), changed(1)], [0, 9, use(2), changed(2)])).toBe(false);
  });

  it('a read older than an answer given before it', () => {
    expect(explains([0, 1, use(1), changed(1)], [2, 3, read, sees(0)])).toBe(false);
  });

  it('reads that show a change, and then do not', () => {
    const slow: Line = [0, 9, use(1), changed(1)];
    expect(explains(slow, [1, 2, read, sees(1)], [3, 4, read, sees(0)])).toBe(false);
  });

  it('an admission beyond the limit', () => {
    expect(explains([0, 9, use(6), changed(6)], [0, 9, use(6), changed(12)])).toBe(false);
  });

  it('a denial without a reason', () => {
    expect(explains([0, 1, use(5), changed(5)], [2, 3, use(5), { code: 'denied' }])).toBe(false);
  });

  it('a denial that was right once, but is not cached', () => {
    const reset: Line = [2, 3, { verb: 'reset' }, { code: 'changed', isOwnImage: true }];
    const denied: Line = [4, 5, use(1), { code: 'denied', ...used(10) }];
    expect(explains([0, 1, use(10), changed(10)], reset, denied)).toBe(false);
  });

  it('one key charged twice, answered or not', () => {
    expect(explains([0, 1, use(3, 'k'), changed(3)], [2, 3, use(3, 'k'), changed(6)])).toBe(false);
    expect(explains([0, 1, use(3, 'k'), { code: 'unknown' }], [2, 3, use(3, 'k'), changed(6)])).toBe(false);
    expect(explains([0, 1, use(3), { code: 'unknown' }], [2, 3, read, sees(6)])).toBe(false);
  });

  it('a refusal that changed the state', () => {
    expect(explains([0, 1, use(3), { code: 'refused' }], [2, 3, read, sees(3)])).toBe(false);
  });

  it('a version that was given twice, or skipped', () => {
    expect(explains([0, 1, use(1), changed(1, 1)], [2, 3, use(1), changed(2, 1)])).toBe(false);
    expect(explains([0, 1, use(1), changed(1, 1)], [2, 3, use(1), changed(2, 3)])).toBe(false);
  });
});
