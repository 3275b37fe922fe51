import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:without-redis [-- <files>] [--record]`: the integration and end-to-end suites, or some files
 * of them, with no Redis configured, and with one that accepts every call and answers none. Tests of locks
 * and caches themselves are excluded.
 */
const NEED_REDIS = ['test/integration/redis/**', 'test/e2e/caches.test.ts'];
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const codes = new Map<string, number>();
for (const mode of ['none', 'hung']) {
  console.log(`\nRedis: ${mode}`);
  const excluded = NEED_REDIS.flatMap((pattern) => ['--exclude', pattern]);
  const vitest = spawn(
    'vitest',
    ['run', '--project', 'integration*', '--project', 'races', '--project', 'e2e', ...excluded, ...files],
    { stdio: 'inherit', env: { ...process.env, TEST_REDIS: mode } },
  );
  const [code] = await once(vitest, 'exit');
  codes.set(mode, code ?? 1);
}
const failed = [...codes].filter(([, code]) => code !== 0).map(([mode]) => mode);
console.log(
  failed.length === 0 ? '\nPASS: without Redis, and beside a hung one' : `\nFAIL: ${failed.join(', ')}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
recordEvidence({
  command: 'test:without-redis',
  size: files.length === 0 ? 'integration and e2e, twice' : files.join(' '),
  isPassed: failed.length === 0,
  counts: Object.fromEntries(
    [...codes].map(([mode, code]) => [`Redis ${mode}`, code === 0 ? 'passed' : 'failed']),
  ),
  on: ['DynamoDB Local', 'the local stack'],
});
