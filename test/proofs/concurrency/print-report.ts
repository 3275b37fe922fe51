import type { ScenarioResult, UserResult } from './scenario.ts';

const LINE = '─'.repeat(72);

/** One scenario: totals, duration, throughput, and the books. */
export function printScenario({ scenario, durationMs, users }: ScenarioResult, number: number): void {
  const total = users.length * scenario.callsPerUser;
  const sum = (figure: (user: UserResult) => number) => users.reduce((all, user) => all + figure(user), 0);
  console.log(`\n${LINE}\nTest ${number}: ${scenario.title}\n${LINE}`);
  row('Calls', `${total} (${users.length} user${users.length > 1 ? 's' : ''} × ${scenario.callsPerUser})`);
  row(
    'Accepted',
    sum((user) => user.accepted),
  );
  row(
    'Denied',
    sum((user) => user.denied),
  );
  row(
    'Failed',
    sum((user) => user.failed),
  );
  row('Duration', `${durationMs.toFixed(0)} ms`);
  row('Throughput', `${(total / (durationMs / 1000)).toFixed(0)} calls/s`);
  for (const user of users) printBooks(user, scenario.limit);
}

/** The last line of the report. */
export function printVerdict(results: readonly ScenarioResult[], name: string): boolean {
  const wrong = results.filter(({ users }) => users.some(({ faults }) => faults.length > 0)).length;
  const verdict =
    wrong === 0
      ? `PASS: ${results.length} of ${results.length} tests consistent, nothing over a limit`
      : `FAIL: ${wrong} of ${results.length} tests inconsistent`;
  console.log(`\n${LINE}\n${verdict} (${name})\n${LINE}`);
  return wrong === 0;
}

function printBooks({ userId, books, faults }: UserResult, limit: number): void {
  console.log(`  Verification of ${userId}`);
  row('  Used in the account', `${books.used} of ${limit}`);
  row('  Sum of the ledger', books.ledgerUnits);
  row('  Consumes in the ledger', books.ledgerEntries);
  row('  Over the limit', books.used > limit ? 'YES' : 'no');
  row('  Consistent', faults.length === 0 ? 'yes' : 'NO');
  for (const fault of faults) console.log(`      ✗ ${fault}`);
}

function row(label: string, value: string | number): void {
  console.log(`  ${label.padEnd(26)}${value}`);
}
