import { defineConfig } from 'vitest/config';

/**
 * Four suites, each one folder below `test/`. Two workers: the machines this runs on have two cores, and a race is
 * only worth testing while the emulator still gets its share. The groups run one after the other.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          // A synthesis bundles every function.
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: [
            'test/support/dynamodb.setup.ts',
            'test/support/redis.setup.ts',
            'test/support/redis-of-functions.setup.ts',
          ],
          sequence: { groupOrder: 2 },
          // Generous: a busy machine makes a race slow, not wrong.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/assembly.setup.ts', 'test/support/redis-of-functions.setup.ts'],
          sequence: { groupOrder: 3 },
          // Each file runs a whole local stack: one at a time.
          maxWorkers: 1,
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
