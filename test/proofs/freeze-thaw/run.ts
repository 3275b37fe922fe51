import { spawn } from 'node:child_process';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:freeze -- --spells 30 [--record]`: freezes the deployed bundles as Lambda does, as in the
 * test suite, `--spells` times.
 */
const at = process.argv.indexOf('--spells');
const spells = at < 0 ? '30' : (process.argv[at + 1] ?? '30');

const file = 'test/proofs/freeze-thaw/freeze-thaw.integration.test.ts';
const vitest = spawn('vitest', ['run', '--project', 'integration*', file], {
  stdio: 'inherit',
  env: { ...process.env, FREEZE_SPELLS: spells },
});
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  recordEvidence({
    command: 'test:freeze',
    size: `every kind of function frozen ${Number(spells).toLocaleString('en')} times while its connections end`,
    isPassed: code === 0,
    counts: code === 0 ? { 'wrong answers': 0 } : {},
    on: ['DynamoDB Local', 'Redis', 'the Stripe simulator'],
  });
});
