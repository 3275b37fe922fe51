import type { FuzzFault, FuzzReport } from './fuzz.ts';
import { printable } from './fuzz-request.ts';

/** Routes and their answered statuses, then every fault with the smallest request that shows it. */
export function printReport(name: string, report: FuzzReport, seed: number): void {
  const { sent, unsent, refused, tally, stateChanges, faults } = report;
  const statuses = [...new Set([...tally.values()].flatMap((counts) => [...counts.keys()]))].sort();
  const rows = [...tally].sort(([a], [b]) => (a < b ? -1 : 1));
  console.log(
    `\n${name}: ${sent.toLocaleString('en')} requests, ${refused.toLocaleString('en')} to be refused`,
  );
  if (unsent > 0)
    console.log(`  ${unsent.toLocaleString('en')} more were not sent, or answered by the gateway alone`);
  if (report.busy > 0)
    console.log(`  ${report.busy} answers of 503 while the emulator was too slow: sent again`);
  console.log(`  ${''.padEnd(24)}${statuses.map((status) => String(status).padStart(9)).join('')}`);
  for (const [route, counts] of rows) {
    const cells = statuses.map((status) => String(counts.get(status) ?? '').padStart(9));
    console.log(`  ${route.padEnd(24)}${cells.join('')}`);
  }
  console.log(
    `  status 5xx: ${serverErrors(report)}, state changes: ${stateChanges}, faults: ${faults.length}`,
  );
  for (const fault of faults) printFault(fault, seed);
}

export function serverErrors({ tally }: FuzzReport): number {
  let sum = 0;
  for (const counts of tally.values()) {
    for (const [status, count] of counts) if (status >= 500) sum += count;
  }
  return sum;
}

function printFault({ number, route, fault, request, mutations }: FuzzFault, seed: number): void {
  console.log(`
  ✗ ${route.name} (${route.route.method} ${route.route.path}): ${fault}
    case ${number} of seed ${seed}: ${mutations.join(', ') || 'valid by the schema'}
    ${printable(request)}`);
}
