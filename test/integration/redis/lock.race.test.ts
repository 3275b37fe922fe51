import { expect, test } from 'vitest';
import { FencedRegister } from '../../support/fenced-register.ts';
import { checkHoldings, runLockRace } from '../../support/lock-race.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

/**
 * The shortest tests most. On a busy machine it expires before its holder has the answer, which tests
 * nothing.
 */
const TTLS_MS = [150, 600, 1_500];

/** The long version, over several threads: `npm run bench:lock`. */
test('200 workers, crashes, overruns and lost answers: never two holders, and every late write is fenced', async () => {
  let [holdingsSeen, badEnds] = [0, 0];
  for (const ttlMs of TTLS_MS) {
    const { counts, holdings } = await runLockRace({
      redis: createTestRedis(),
      resource: uniqueName('race'),
      register: new FencedRegister(),
      workers: 200,
      durationMs: 5_000,
      ttlMs,
      chance: { crash: 0.1, overrun: 0.1, lostAnswer: 0.03 },
    });
    console.log({ ttlMs, ...counts });
    expect(checkHoldings(holdings)).toEqual({ twoHolders: 0, fencesOutOfOrder: 0 });
    expect(counts.writesInTimeRefused).toBe(0);
    expect(counts.writesTooLateRefused).toBe(counts.writesTooLate);
    holdingsSeen += counts.holdings;
    badEnds += counts.crashes + counts.overruns;
    if (badEnds > 2) break;
  }
  // Otherwise nothing was tested.
  expect(holdingsSeen).toBeGreaterThan(20);
  expect(badEnds).toBeGreaterThan(2);
});
