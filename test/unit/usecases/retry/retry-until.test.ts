import { describe, expect, it } from 'vitest';
import { Unavailable } from '../../../../shared/domain/faults.ts';
import { retryUntil } from '../../../../shared/usecases/retry/retry-until.ts';

/** Work that fails `times` times, by a clock that advances while it pauses. */
function failing(times: number, error: Error) {
  let at = 0;
  let tries = 0;
  const deps = {
    now: () => at,
    random: () => 1,
    sleep: async (ms: number) => {
      at += ms;
    },
  };
  const work = async () => {
    tries += 1;
    if (tries <= times) throw error;
    return 'done';
  };
  return { run: (endsAt: number) => retryUntil(deps, endsAt, work), tries: () => tries };
}

describe('work that outlasts an outage', () => {
  it('is repeated until the store accepts it', async () => {
    const { run, tries } = failing(30, new Unavailable('away'));
    expect(await run(45_000)).toBe('done');
    expect(tries()).toBe(31);
  });

  it('gives up in time', async () => {
    const { run, tries } = failing(100, new Unavailable('away'));
    await expect(run(45_000)).rejects.toThrow('away');
    expect(tries()).toBe(49);
  });

  it('does not wait for a permanent error', async () => {
    const { run, tries } = failing(1, new Error('a bug'));
    await expect(run(45_000)).rejects.toThrow('a bug');
    expect(tries()).toBe(1);
  });
});
