import { defineConfig } from 'vitest/config';

/**
 * A suite whose tests share an emulator. There are several, since an emulator slows down with every record in
 * its streams, and races suffer most from it.
 */
const overTheTable = (name: string, groupOrder: number, files: readonly string[]) => ({
  test: {
    name,
    include: files.map((pattern) => `test/${pattern}.test.ts`),
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
 * Suites, each one folder below `test/`, or a part of one; a test below `proofs/` names its suite before
 * `.test.ts` unless it is a unit test. Two workers: the machines this runs on have two cores, and a race is
 * only worth testing while the emulator still gets its share. The groups run one after the other.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/unit/**/*.test.ts',
            'test/lint/**/*.test.ts',
            'test/proofs/**/*.test.ts',
            'infra/stripe-simulator/test/*.test.ts',
          ],
          exclude: ['**/*.{infra,integration,race,e2e}.test.ts'],
          testTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts', 'test/proofs/**/*.infra.test.ts'],
          globalSetup: ['test/support/bundles.setup.ts'],
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
      overTheTable('integration', 2, ['integration/*', 'integration/redis/*', 'proofs/**/*.integration']),
      overTheTable('integration-routes', 3, ['integration/functions/**/*']),
      overTheTable('integration-jobs', 4, ['integration/jobs/**/*', 'integration/stripe/**/*']),
      {
        test: {
          ...overTheTable('races', 5, []).test,
          include: ['test/{integration,proofs}/**/*.race.test.ts'],
          exclude: [],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/proofs/**/*.e2e.test.ts'],
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
