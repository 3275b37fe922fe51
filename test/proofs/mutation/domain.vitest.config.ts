import { defineConfig } from 'vitest/config';

/**
 * The tests that Stryker runs against each mutant of `shared/domain`. Its instrumented code is several times
 * slower.
 */
export default defineConfig({
  test: {
    include: ['test/unit/domain/**/*.test.ts'],
    setupFiles: ['test/proofs/mutation/domain.setup.ts'],
    // The domain is pure: its tests share nothing, and a worker per file would take most of the time.
    isolate: false,
    testTimeout: 60_000,
  },
});
