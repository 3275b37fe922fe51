import { defineConfig } from 'vitest/config';

/**
 * A suite whose tests share an emulator. There are several, since an emulator slows down with every record in its streams, and races
 * suffer most from it.
 */
const overTheTable = (name: string, groupOrder: number, files: readonly string[]) => ({
  test: {
    name,
    include: files.map((pattern) => `test/integration/${pattern}.test.ts`),
    exclude: ['**/*.race.test.ts'],
    sequence: { groupOrder },
    globalSetup: [
      'test/support/dynamodb.setup.ts',
      'test/support/redis.setup.ts',
      'test/support/redis-of-functions.setup.ts',
    ],
    // Generous: a busy machine makes a race slow, not wrong.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});

/**
 * Suites, each one folder below `test/`, or a part of one. Two workers: the machines this runs on have two cores, and a race is
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
      overTheTable('integration', 2, ['*', 'redis/*', 'simulation/*']),
      overTheTable('integration-routes', 3, ['functions/**/*']),
      overTheTable('integration-jobs', 4, ['jobs/**/*', 'stripe/**/*']),
      {
        test: {
          ...overTheTable('races', 5, []).test,
          include: ['test/integration/**/*.race.test.ts'],
          exclude: [],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/assembly.setup.ts', 'test/support/redis-of-functions.setup.ts'],
          sequence: { groupOrder: 6 },
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
