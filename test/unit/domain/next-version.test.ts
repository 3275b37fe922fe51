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

describe('the date of a change', () => {
  it('is its own clock’s, or the previous change’s if that clock was ahead', () => {
    expect(dateAfter(undefined, now)).toBe(now);
    expect(dateAfter(changeAt(now - 1), now)).toBe(now);
    expect(dateAfter(changeAt(now + clockSkewMs), now)).toBe(now + clockSkewMs);
  });

  it('never precedes the previous change, also after a delivery longer than the clock skew', () => {
    const last = { ...sampleAccount(), change: changeAt(now + clockSkewMs + 700) };
    expect(nextVersion(last, changeAt(now)).change?.at).toBe(now + clockSkewMs + 700);
    expect(dateAfter(changeAt(now + FOLLOWED_MS), now)).toBe(now + FOLLOWED_MS);
  });

  it('is its own clock’s again if the previous one is far ahead: a wrong clock is followed once', () => {
    expect(dateAfter(changeAt(now + FOLLOWED_MS + 1), now)).toBe(now);
  });
});

it('a version remembers a reservation until its record is written, with a key or without', () => {
  const next = nextVersion(sampleAccount(), { ...changeAt(now), kind: 'reserve' });
  expect([...next.operations.values()]).toMatchObject([{ keyed: true }]);
});

it('a commit increments the version and remembers the operation, in seconds', () => {
  const next = nextVersion(sampleAccount(), changeAt(now + 999));
  expect(next.version).toBe(1);
  expect([...next.operations.values()]).toEqual([
    { fingerprint: 'print', keyed: false, isSettled: false, acceptedAtSeconds: now / 1_000 },
  ]);
});
