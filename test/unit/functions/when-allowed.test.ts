import { describe, expect, it } from 'vitest';
import { ACCESS_DELAY_MS, whenAllowed } from '../../../functions/seed/when-allowed.ts';
import { Unavailable } from '../../../shared/domain/faults.ts';

const denied = (name = 'AccessDeniedException') => Object.assign(new Error('not authorized'), { name });

/** Work that fails until `allowedAt` (ms), by a clock that advances while it pauses. */
function failingUntil(allowedAt: number, error: Error) {
  let at = 0;
  const clock = {
    now: () => at,
    random: () => 0.5,
    sleep: async (ms: number) => {
      at += ms;
    },
  };
  const work = async () => {
    if (at < allowedAt) throw error;
    return 'seeded';
  };
  return { run: () => whenAllowed(clock, ACCESS_DELAY_MS, work), waitedMs: () => at };
}

describe('the seed', () => {
  it.each(['AccessDeniedException', 'AccessDenied'])('waits while its new role receives %s', async (name) => {
    await expect(failingUntil(55_000, denied(name)).run()).resolves.toBe('seeded');
  });

  it('waits for a store that is unavailable', async () => {
    await expect(failingUntil(20_000, new Unavailable('away')).run()).resolves.toBe('seeded');
  });

  it('fails after a minute without access', async () => {
    const { run, waitedMs } = failingUntil(Number.POSITIVE_INFINITY, denied());
    await expect(run()).rejects.toThrow('not authorized');
    expect(waitedMs()).toBeGreaterThan(58_000);
    expect(waitedMs()).toBeLessThanOrEqual(60_000);
  });

  it('fails at once on a defect', async () => {
    const { run, waitedMs } = failingUntil(1_000, new Error('the secret is not JSON'));
    await expect(run()).rejects.toThrow('not JSON');
    expect(waitedMs()).toBe(0);
  });
});
