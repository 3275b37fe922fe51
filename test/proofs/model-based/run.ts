import { spawn } from 'node:child_process';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:model -- --runs 500 [--commands 30] [--seed 1] [--record]`: random sequences of all verbs
 * over HTTP, each answer and each balance compared with a simple model's, as in the test suite, `--runs`
 * times.
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};

const runs = option('runs', '500');
const commands = option('commands', '30');
const vitest = spawn(
  'vitest',
  ['run', '--project', 'e2e', 'test/proofs/model-based/model-based.e2e.test.ts'],
  {
    stdio: 'inherit',
    env: { ...process.env, MODEL_RUNS: runs, MODEL_COMMANDS: commands, MODEL_SEED: option('seed', '1') },
  },
);
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  recordEvidence({
    command: 'test:model',
    size: `${Number(runs).toLocaleString('en')} runs of at most ${commands} commands`,
    isPassed: code === 0,
    counts: code === 0 ? { 'answers that differ from the model': 0 } : {},
    on: ['DynamoDB Local', 'the local stack'],
  });
});
