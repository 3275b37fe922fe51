import { expect, test } from 'vitest';
import { FencedRegister } from '../../support/fenced-register.ts';
import { judge, runLockRace } from '../../support/lock-race.ts';
import { createTestRedis, uniqueName } from '../../support/redis.ts';

/** The long version, over several threads: `npm run bench:lock`. */
test('200 workers, crashes, overruns and lost answers: never two holders, and every late write is fenced', async () => {
  const { counts, holdings } = await runLockRace({
    redis: createTestRedis(),
    resource: uniqueName('race'),
    register: new FencedRegister(),
    workers: 200,
    durationMs: 5_000,
    ttlMs: 150,
    chance: { crash: 0.1, overrun: 0.1, lostAnswer: 0.03 },
  });
  console.log(counts);
  expect(judge(holdings)).toEqual({ twoHolders: 0, fencesOutOfOrder: 0 });
  expect(counts.writesInTimeRefused).toBe(0);
  expect(counts.writesTooLateRefused).toBe(counts.writesTooLate);
  // Otherwise nothing was tested.
  expect(counts.holdings).toBeGreaterThan(20);
  expect(counts.crashes + counts.overruns).toBeGreaterThan(2);
});
