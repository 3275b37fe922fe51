import { defineConfig } from 'vitest/config';

/** The tests that Stryker runs against each mutant of `shared/domain`. Its instrumented code is several times slower. */
export default defineConfig({ test: { include: ['test/unit/domain/**/*.test.ts'], testTimeout: 60_000 } });
