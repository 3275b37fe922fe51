import { defineConfig } from 'vitest/config';

/** The tests that Stryker runs against each mutant of `shared/domain`. */
export default defineConfig({ test: { include: ['test/unit/domain/**/*.test.ts'] } });
