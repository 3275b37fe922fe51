import { spawn } from 'node:child_process';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:crashes -- --kills 100 [--record]`: kills real processes by SIGKILL while they charge,
 * project and converge, as in the test suite, `--kills` times each.
 */
const at = process.argv.indexOf('--kills');
const kills = at < 0 ? '100' : (process.argv[at + 1] ?? '100');

const files = ['test/proofs/crashes/crashes.integration.test.ts', 'test/integration/stripe/crashes.test.ts'];
const vitest = spawn('vitest', ['run', '--project', 'integration*', ...files], {
  stdio: 'inherit',
  env: { ...process.env, CRASH_KILLS: kills },
});
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  recordEvidence({
    command: 'test:crashes',
    size: `${Number(kills).toLocaleString('en')} kills each in mid-request, mid-projection and mid-convergence`,
    isPassed: code === 0,
    counts: code === 0 ? { 'charged twice': 0, 'answered and lost': 0, 'left half done': 0 } : {},
    on: ['DynamoDB Local', 'the Stripe simulator'],
  });
});
