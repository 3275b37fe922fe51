import { vi } from 'vitest';

const MOST_RUNS = 40;

/**
 * The same random cases for every mutant, so that scores are reproducible, and fewer than in the suite: they
 * run thousands of times. Failures are not shrunk.
 */
vi.mock('fast-check', async (original) => {
  const module = await original<typeof import('fast-check')>();
  const assert = (...[property, parameters]: Parameters<typeof module.assert>) =>
    module.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters?.numRuns ?? MOST_RUNS, MOST_RUNS),
      seed: 1,
      endOnFailure: true,
    });
  return { ...module, assert, default: { ...module.default, assert } };
});
