/**
 * The rate at which `quota-reset` rolls due accounts over, relative to bare conditional writes on the
 * emulator; with `--kill`, whether every account is rolled over once, however often the job is killed.
 *
 * Usage: npm run bench:reset -- [--accounts 50000] [--kill 20] [--record]
 */
import { parseArgs } from 'node:util';
import { createBenchTables } from '../support/bench-table.ts';
import { seedDueAccounts } from '../support/due-accounts.ts';
import { RECORD_OPTION, recordEvidence } from '../support/evidence.ts';
import { type KillCounts, killResets } from '../support/killed-resets.ts';
import { compareRates, type Rates } from './reset-rates.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '50000' },
    kill: { type: 'string', default: '0' },
    ...RECORD_OPTION,
  },
});
const accounts = Number(values.accounts);
const kills = Number(values.kill);
if (!Number.isInteger(accounts) || accounts < 1_000 || !Number.isInteger(kills) || kills < 0) {
  console.error('--accounts is a whole number from 1000 on, --kill one from 0 on.');
  process.exit(2);
}
/** Of the rate of bare conditional writes. */
const TARGET = 0.95;
/** Maximum growth of memory from the first fifth to the last: a run that keeps its finished work grows. */
const MEMORY_GROWTH = 1.25;

const killed = kills > 0 ? await kill() : undefined;
const rates = await compareRates(accounts);
print(rates);
const isExact = killed === undefined || (killed.once === accounts && killed.wrong === 0);
const isFlat = (rates.peakRssMb.at(-1) ?? 0) <= (rates.peakRssMb[0] ?? 0) * MEMORY_GROWTH;
const isFast = rates.ratio >= TARGET;
console.log(
  `${isFast ? 'PASS' : 'FAIL'}: ${percent(rates.ratio)} of the bare rate, target ${percent(TARGET)}`,
);
console.log(`${isFlat ? 'PASS' : 'FAIL'}: memory is flat`);
if (killed) console.log(`${isExact ? 'PASS' : 'FAIL'}: every account once, through ${killed.kills} kills`);
process.exitCode = isFast && isFlat && isExact ? 0 : 1;
recordEvidence({
  command: 'bench:reset',
  size: `${accounts.toLocaleString('en')} due accounts${killed ? `, killed ${kills} times` : ''}`,
  isPassed: isFast && isFlat && isExact,
  counts: {
    'requests per account': rates.requestsPerAccount,
    'write units per account': rates.writeUnits,
    'share of the bare rate': percent(rates.ratio),
    'peak MB': Math.round(Math.max(...rates.peakRssMb)),
    ...(killed && { once: killed.once, never: killed.never, 'more than once': killed.moreThanOnce }),
  },
  on: ['DynamoDB Local'],
});
process.exit();

async function kill(): Promise<KillCounts> {
  const { client, endpoint, stop } = await createBenchTables('killed');
  const table = { client, endpoint, name: 'killed' };
  try {
    await seedDueAccounts(table, 0, accounts);
    const counts = await killResets(table, accounts, kills, (number, processed) =>
      console.log(`kill ${number}: ${processed} accounts into its run`),
    );
    console.log(
      `
killed ${counts.kills} times, ${counts.amidst} of them amidst its work
  rolled over once        ${counts.once}
  never                   ${counts.never}
  more than once          ${counts.moreThanOnce}
  wrong                   ${counts.wrong}
`,
    );
    return counts;
  } finally {
    await stop();
  }
}

function print({
  requests,
  requestsPerAccount,
  writeUnits,
  reset,
  bare,
  ratio,
  ratios,
  peakRssMb,
}: Rates): void {
  const rate = ({ done, ms }: { done: number; ms: number }) => `${((done / ms) * 1_000).toFixed(0)}/s`;
  const sorted = [...ratios].sort((a, b) => a - b);
  console.log(`
per account, counted
  requests                ${requestsPerAccount} (${Object.entries(requests)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')})
  write units             ${writeUnits} (the index's included)
of the bare rate
  all rounds together     ${percent(ratio)}
  median of the rounds    ${percent(sorted[Math.floor(sorted.length / 2)] ?? 0)}, from ${percent(sorted[0] ?? 0)} to ${percent(sorted.at(-1) ?? 0)}
peak memory at 20, 40, 60, 80, 100 %
  MB                      ${peakRssMb.map((mb) => mb.toFixed(0)).join(', ')}
time, on this machine now
  reset                   ${reset.done} in ${reset.ms.toFixed(0)} ms, ${rate(reset)}
  bare                    ${bare.done} in ${bare.ms.toFixed(0)} ms, ${rate(bare)}
`);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
