import { spawn } from 'node:child_process';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:stripe-histories -- --count 10000 [--from 1] [--in-memory] [--record]`: random histories with
 * Stripe, as in the test suite, `--count` of them, with progress. The seed of a history is its number. In
 * memory, the table is a model of DynamoDB that is verified against the emulator, and ten times as fast.
 */
const option = (name: string, fallback: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
};

const isInMemory = process.argv.includes('--in-memory');

const vitest = spawn(
  'vitest',
  ['run', '--project', 'races', 'test/proofs/stripe-histories/stripe-wins.race.test.ts'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      STRIPE_HISTORIES: option('count', '10000'),
      STRIPE_HISTORIES_FROM: option('from', '1'),
      ...(isInMemory && { STRIPE_HISTORIES_IN_MEMORY: 'yes' }),
    },
  },
);
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  recordEvidence({
    command: 'test:stripe-histories',
    size: `${Number(option('count', '10000')).toLocaleString('en')} histories from ${option('from', '1')}`,
    isPassed: code === 0,
    counts: code === 0 ? { 'that end differently from Stripe': 0, 'older states saved': 0 } : {},
    on: [isInMemory ? 'a model of DynamoDB' : 'DynamoDB Local', 'the Stripe simulator'],
  });
});
