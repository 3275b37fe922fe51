import { describe, expect, it } from 'vitest';
import type { Change } from '../../../shared/domain/account.ts';
import { DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';
import { dateAfter, FOLLOWED_MS, nextVersion } from '../../../shared/domain/next-version.ts';
import { SAMPLE_NOW, sampleAccount } from '../../support/sample-account.ts';

const now = SAMPLE_NOW;
const { clockSkewMs } = DEDUPE_WINDOW;
const changeAt = (at: number): Change => ({
  kind: 'consume',
  operationId: `op_at_${at}`,
  fingerprint: 'print',
  keyed: false,
  at,
  amounts: new Map([['aiRequest', 1]]),
});

describe('a change is dated', () => {
  it('by its own clock, and like the one before where that was made by a clock ahead', () => {
    expect(dateAfter(undefined, now)).toBe(now);
    expect(dateAfter(changeAt(now - 1), now)).toBe(now);
    expect(dateAfter(changeAt(now + clockSkewMs), now)).toBe(now + clockSkewMs);
  });

  it('never before the one before, also when it was longer on its way than clocks differ', () => {
    const last = { ...sampleAccount(), change: changeAt(now + clockSkewMs + 700) };
    expect(nextVersion(last, changeAt(now)).change?.at).toBe(now + clockSkewMs + 700);
    expect(dateAfter(changeAt(now + FOLLOWED_MS), now)).toBe(now + FOLLOWED_MS);
  });

  it('by its own clock again where the one before is far ahead: a clock that was wrong once is not followed', () => {
    expect(dateAfter(changeAt(now + FOLLOWED_MS + 1), now)).toBe(now);
  });
});

it('a commit remembers a reservation until its record is written, whoever chose its id', () => {
  const next = nextVersion(sampleAccount(), { ...changeAt(now), kind: 'reserve' });
  expect([...next.operations.values()]).toMatchObject([{ keyed: true }]);
});

it('a commit counts the version and remembers the operation, in seconds', () => {
  const next = nextVersion(sampleAccount(), changeAt(now + 999));
  expect(next.version).toBe(1);
  expect([...next.operations.values()]).toEqual([
    { fingerprint: 'print', keyed: false, isSettled: false, acceptedAtSeconds: now / 1_000 },
  ]);
});
