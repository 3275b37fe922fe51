import { defineConfig } from 'vitest/config';

/** Of every suite whose tests share an emulator. */
const overTheTable = {
  globalSetup: [
    'test/support/dynamodb.setup.ts',
    'test/support/redis.setup.ts',
    'test/support/redis-of-functions.setup.ts',
  ],
  // Generous: a busy machine makes a race slow, not wrong.
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

/**
 * Five suites, each one folder below `test/`, or the races of one. Two workers: the machines this runs on have two cores, and a race is
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
          ...overTheTable,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          exclude: ['**/*.race.test.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          ...overTheTable,
          // On an emulator of its own: it slows down with every record in its streams, and races are what suffers from it.
          name: 'races',
          include: ['test/integration/**/*.race.test.ts'],
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/assembly.setup.ts', 'test/support/redis-of-functions.setup.ts'],
          sequence: { groupOrder: 4 },
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
