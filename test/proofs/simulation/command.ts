/**
 * Simulated histories of the service: virtual time, faults at every await, every promise checked at every
 * step.
 *
 * Usage: npm run test:simulation -- [--seeds 100000] [--from 1] [--workers 2] [--story 17] [--record]
 *
 * `--story` prints one history instead of running many. A history that breaks a promise is shrunk and
 * printed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { RECORD_OPTION, recordEvidence } from '../../support/evidence.ts';
import { printReport } from './print-report.ts';
import { runParallel } from './run-parallel.ts';
import { writeScript } from './script.ts';
import { shrink } from './shrink.ts';
import { writeStory } from './story.ts';
import type { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    story: { type: 'string' },
    ...RECORD_OPTION,
  },
});
const [seeds, from, workers] = [values.seeds, values.from, values.workers].map(Number);
if (!isCount(seeds) || !isCount(from) || !isCount(workers)) {
  console.error('--seeds, --from and --workers are whole numbers from 1.');
  process.exit(2);
}

if (values.story !== undefined) {
  const { lines, violations } = await writeStory(writeScript(Number(values.story)));
  console.log(lines.join('\n'));
  process.exitCode = violations.length > 0 ? 1 : 0;
} else {
  const startedAt = performance.now();
  const tally = await runParallel({ from, count: seeds, threads: workers }, showProgress);
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  printReport(tally, { from, seconds: (performance.now() - startedAt) / 1_000 });
  const [first] = [...tally.broken].sort((a, b) => a.seed - b.seed);
  if (first) {
    console.log(`\nThe history of seed ${first.seed}, shrunk:\n`);
    console.log((await writeStory(await shrink(writeScript(first.seed)))).lines.join('\n'));
  }
  process.exitCode = first ? 1 : 0;
  recordEvidence({
    command: 'test:simulation',
    size: `${seeds.toLocaleString('en')} histories from ${from}`,
    isPassed: !first,
    counts: {
      'broken promises': tally.broken.length,
      requests: sumOf(tally.replies),
      'requests to the store': sumOf(tally.fates),
      'of these failed': sumOf(tally.fates) - (tally.fates.fine ?? 0),
    },
  });
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1;
}

function showProgress({ histories, broken }: Tally): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${histories} histories, ${broken.length} broken`);
}
