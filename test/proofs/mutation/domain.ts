import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { recordEvidence } from '../../support/evidence.ts';

/**
 * `npm run test:mutation:domain -- [--record]`: Stryker applies all its mutators to `shared/domain`, and runs
 * the domain's unit tests on each mutant. It prints a table of scores; below 90 % it exits with 1.
 */
const ROOT = resolve(import.meta.dirname, '../../..');
const REPORT = resolve(ROOT, '.cache/stryker/mutation.json');

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

const stryker = spawn('stryker', ['run', 'test/proofs/mutation/stryker.config.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
stryker.on('exit', (code) => {
  process.exitCode = code ?? 1;
  const { files } = JSON.parse(readFileSync(REPORT, 'utf8')) as Report; // written by Stryker
  const statuses = Object.values(files).flatMap(({ mutants }) => mutants.map(({ status }) => status));
  const count = (...wanted: string[]) => statuses.filter((status) => wanted.includes(status)).length;
  const detected = count('Killed', 'Timeout');
  const missed = count('Survived', 'NoCoverage');
  const counts = {
    'score %': (100 * detected) / (detected + missed),
    detected,
    survived: count('Survived'),
    'without a test': count('NoCoverage'),
    ignored: count('Ignored'),
  };
  console.log(counts);
  recordEvidence({
    command: 'test:mutation:domain',
    size: `${statuses.length.toLocaleString('en')} changes`,
    isPassed: code === 0,
    counts,
  });
});
