/**
 * The cost of a sync with Stripe without changes: every subscription of the real table compared with the
 * simulator's, by a full walk and by the hourly read of the events. Fills a table with `--subscriptions`
 * subscriptions.
 *
 * Usage: npm run bench:sync -- [--subscriptions 10000] [--record]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';

const TARGET = { full: (count: number) => Math.ceil(count / 100) + 10, hourly: 2 };

const { values } = parseArgs({
  options: { subscriptions: { type: 'string', default: '10000' }, ...RECORD_OPTION },
});
const count = Number(values.subscriptions);
if (!Number.isInteger(count) || count < 1) {
  console.error('--subscriptions is a whole number.');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'quota-service-sync-'));
const report = join(folder, 'report.json');
const { status } = spawnSync(
  'vitest',
  ['run', '--project', 'integration*', 'test/integration/stripe/sync-size.test.ts'],
  { stdio: 'inherit', env: { ...process.env, SYNC_SUBSCRIPTIONS: String(count), SYNC_REPORT: report } },
);
const measured = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
rmSync(folder, { recursive: true });

if (measured) {
  const { full, hourly } = measured;
  console.table({
    'full, nothing changed': {
      checked: full.checked,
      'list calls': full.listCalls,
      'at most': TARGET.full(count),
      seconds: Number(full.seconds.toFixed(1)),
    },
    'hourly, nothing new': {
      checked: hourly.checked,
      'list calls': hourly.listCalls,
      'at most': TARGET.hourly,
      seconds: Number(hourly.seconds.toFixed(1)),
    },
  });
}
process.exitCode = status === 0 && measured ? 0 : 1;
recordEvidence({
  command: 'bench:sync',
  size: `${count.toLocaleString('en')} subscriptions`,
  isPassed: process.exitCode === 0,
  counts: measured
    ? { 'list calls, full': measured.full.listCalls, 'list calls, hourly': measured.hourly.listCalls }
    : {},
  on: ['DynamoDB Local', 'the Stripe simulator'],
});
