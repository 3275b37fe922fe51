import { describe, expect, it } from 'vitest';
import { runParallel } from '../../simulation/run-parallel.ts';

/** More by `npm run test:simulation -- --seeds 100000`. */
const HISTORIES = 2_000;

describe('Simulated histories', () => {
  it('keep every promise, whatever goes wrong at any await', { timeout: 900_000 }, async () => {
    const { histories, broken, replies, fates } = await runParallel({
      from: 1,
      count: HISTORIES,
      threads: 2,
    });
    expect(broken).toEqual([]);
    expect(histories).toBe(HISTORIES);
    // They say something only if everything came by.
    const seen = [...Object.keys(replies), ...Object.keys(fates)];
    for (const verb of ['consume', 'reserve', 'settle', 'release', 'reset', 'set plan']) {
      for (const outcome of ['changed', 'replayed', 'unavailable', 'died'])
        expect(seen).toContain(`${verb}: ${outcome}`);
    }
    expect(seen).toEqual(
      expect.arrayContaining([
        'consume: denied',
        'consume: outcome_unknown',
        'consume: account_busy',
        'settle: key_reused',
        'check: said',
        'edit plan: done',
        'answer lost',
        'dies after',
        'late',
        'conflict',
      ]),
    );
  });
});
