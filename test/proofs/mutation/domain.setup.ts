import { vi } from 'vitest';

const MOST_RUNS = 40;

/**
 * The same random cases for every mutant, so that two runs score alike, and fewer than the suite itself tries: they are
 * tried thousands of times over. A failure is not made smaller, it is enough.
 */
vi.mock('fast-check', async (original) => {
  const { default: fc } = await original<typeof import('fast-check')>();
  const assert = (...[property, parameters]: Parameters<typeof fc.assert>) =>
    fc.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters?.numRuns ?? MOST_RUNS, MOST_RUNS),
      seed: 1,
      endOnFailure: true,
    });
  return { default: { ...fc, assert } };
});
