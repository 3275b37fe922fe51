import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifetimeInAll } from '../../../shared/domain/count-use.ts';
import type { LedgerEntry } from '../../../shared/domain/ledger.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { checkpointAfter, type LedgerCheckpoint } from '../../../shared/domain/ledger-checkpoint.ts';
import { type AccountHistory, anyHugeStory, anyStory, replay } from '../../support/random-accounts.ts';
import { samplePlan } from '../../support/sample-account.ts';

const EXPIRE_AT = Date.UTC(2040, 0);
const BEFORE = EXPIRE_AT - 1;

/** Checkpoints of a history after each of some of its versions, each from the one before. */
function checkpointsAt(entries: readonly LedgerEntry[], versions: readonly number[]): LedgerCheckpoint[] {
  const made: LedgerCheckpoint[] = [];
  for (const version of versions) {
    const from = made.at(-1)?.version ?? 0;
    made.push(checkpointAfter('someone', made.at(-1), entries.slice(from, version), EXPIRE_AT));
  }
  return made;
}

/** Versions to place checkpoints at, ascending, each once. */
function versionsOf({ entries }: AccountHistory, picks: readonly number[]): number[] {
  const versions = picks.map((pick) => (pick % entries.length) + 1);
  return [...new Set(versions)].sort((a, b) => a - b);
}

const somePicks = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });

/** Calls `check` with each history, its last image, and its last checkpoint. */
function forAnyHistory(
  stories: typeof anyStory,
  check: (history: AccountHistory, checkpoint: LedgerCheckpoint, pick: number) => void,
) {
  fc.assert(
    fc.property(stories, somePicks, (story, picks) => {
      const history = replay(story);
      if (history.entries.length === 0) return;
      const checkpoint = checkpointsAt(history.entries, versionsOf(history, picks)).at(-1);
      if (checkpoint) check(history, checkpoint, picks[0] ?? 0);
    }),
    { numRuns: 300 },
  );
}

const lastOf = ({ images }: AccountHistory) => {
  const account = images.at(-1);
  if (!account) throw new Error('the story has steps');
  return account;
};
const keptOf = ({ entries }: AccountHistory, version: number) => entries.slice(version);

describe('The audit from a checkpoint, in any history of an account,', () => {
  it.each([
    ['usual amounts', anyStory],
    ['amounts beyond 2^53', anyHugeStory],
  ])('finds nothing in a consistent one, with or without the entries before: %s', (_, stories) => {
    forAnyHistory(stories, (history, checkpoint) => {
      const account = lastOf(history);
      const { entries } = history;
      expect(ledgerFindings(account, keptOf(history, checkpoint.version), checkpoint, EXPIRE_AT)).toEqual([]);
      expect(ledgerFindings(account, entries, checkpoint, BEFORE)).toEqual([]);
    });
  });

  it('finds any single missing entry after it', () => {
    forAnyHistory(anyStory, (history, checkpoint, pick) => {
      const kept = keptOf(history, checkpoint.version);
      if (kept.length === 0) return;
      const index = pick % kept.length;
      expect(ledgerFindings(lastOf(history), kept.toSpliced(index, 1), checkpoint, EXPIRE_AT)).toContain(
        `version ${checkpoint.version + index + 1} is missing`,
      );
    });
  });

  it('finds any invented unit after it, if the counter is still open', () => {
    forAnyHistory(anyStory, (history, checkpoint, pick) => {
      const kept = keptOf(history, checkpoint.version);
      const account = lastOf(history);
      const [feature, [counter] = []] = [...account.counters][pick % account.counters.size] ?? [];
      const entry = kept.at(-1);
      if (!entry || !counter || feature === undefined) return;
      const { interval, periodStart } = counter;
      const unit = { feature, interval, periodStart, used: 1, held: 0, limit: 0 };
      const wrong = kept.toSpliced(-1, 1, { ...entry, deltas: [...entry.deltas, unit] });
      expect(ledgerFindings(account, wrong, checkpoint, EXPIRE_AT)).toEqual([
        expect.stringContaining(`${feature}/${interval}: the ledger sums used to`),
      ]);
    });
  });

  it('finds any entry before it that is missing too early, and none that may have expired', () => {
    forAnyHistory(anyStory, (history, checkpoint, pick) => {
      const own = checkpoint.version - checkpoint.since.version;
      const version = checkpoint.since.version + (pick % own) + 1;
      const left = history.entries.filter((entry) => entry.version !== version);
      const findings = (now: number) => ledgerFindings(lastOf(history), left, checkpoint, now);
      expect(findings(BEFORE)).toEqual([`version ${version} is missing`]);
      expect(findings(EXPIRE_AT)).toEqual([]);
    });
  });

  it('finds a checkpoint that contradicts its entries while they exist', () => {
    forAnyHistory(anyStory, (history, checkpoint) => {
      const lifetime = new Map(checkpoint.lifetime).set('upload', 10_000n);
      expect(
        ledgerFindings(lastOf(history), history.entries, { ...checkpoint, lifetime }, EXPIRE_AT),
      ).toEqual([
        expect.stringMatching(/^the checkpoint at version \d+ has 10000 used of upload in all, its entries/),
      ]);
    });
  });
});

describe('A checkpoint', () => {
  const consume = (afterMs: number, amount = 1) => ({
    afterMs,
    step: { kind: 'consume' as const, amounts: new Map([['aiRequest', amount]]) },
  });
  const DAY_MS = 86_400_000;
  const plan = samplePlan([{}]);

  it('sums a ledger the same in one step or in many', () => {
    fc.assert(
      fc.property(anyStory, somePicks, (story, picks) => {
        const history = replay(story);
        if (history.entries.length === 0) return;
        const all = history.entries.length;
        const [atOnce] = checkpointsAt(history.entries, [all]);
        const inSteps = checkpointsAt(history.entries, [...versionsOf(history, picks), all]).at(-1);
        const { counters, lifetime, version, at } = inSteps ?? {};
        expect(new Set(counters)).toEqual(new Set(atOnce?.counters));
        expect({ lifetime, version, at }).toMatchObject({
          version: all,
          at: atOnce?.at,
          lifetime: atOnce?.lifetime,
        });
      }),
      { numRuns: 200 },
    );
  });

  it('has the open period of a counter alone, and the units used in all', () => {
    const { entries, images } = replay({
      plan,
      steps: [consume(0, 3), consume(40 * DAY_MS, 4), consume(1, 5)],
    });
    const [checkpoint] = checkpointsAt(entries, [3]);
    const [counter] = images.at(-1)?.counters.get('aiRequest') ?? [];
    expect(checkpoint?.counters).toEqual([
      {
        feature: 'aiRequest',
        interval: 'month',
        periodStart: counter?.periodStart,
        used: 9,
        held: 0,
        limit: 100,
      },
    ]);
    expect(checkpoint?.lifetime).toEqual(new Map([['aiRequest', 12n]]));
    expect(counter && lifetimeInAll(counter)).toBe(12n);
  });

  it('counts confirmed units as used, also those of a closed period', () => {
    const steps = [
      { afterMs: 0, step: { kind: 'reserve' as const, amounts: new Map([['aiRequest', 9]]) } },
      { afterMs: 1, step: { kind: 'confirm' as const, hold: 0, amount: 7 } },
    ];
    const { entries } = replay({ plan, steps });
    const [checkpoint] = checkpointsAt(entries, [2]);
    expect(checkpoint?.counters).toMatchObject([{ used: 7, held: 0 }]);
    expect(checkpoint?.lifetime).toEqual(new Map([['aiRequest', 7n]]));
  });

  it('needs entries without a gap', () => {
    const { entries } = replay({ plan, steps: [consume(0), consume(1), consume(2)] });
    expect(() => checkpointAfter('someone', undefined, entries.slice(1), EXPIRE_AT)).toThrow(
      'version 1 of someone is not in the ledger',
    );
    expect(() => checkpointAfter('someone', undefined, entries.toSpliced(1, 1), EXPIRE_AT)).toThrow(
      'version 2 of someone is not in the ledger',
    );
  });

  it('finds a ledger whose dates go back across it', () => {
    const history = replay({ plan, steps: [consume(0), consume(DAY_MS), consume(DAY_MS)] });
    const [checkpoint] = checkpointsAt(history.entries, [2]);
    const early = keptOf(history, 2).map((entry) => ({ ...entry, at: entry.at - 2 * DAY_MS }));
    expect(ledgerFindings(lastOf(history), early, checkpoint, EXPIRE_AT)).toEqual([
      'version 3 is dated before version 2',
    ]);
  });
});
