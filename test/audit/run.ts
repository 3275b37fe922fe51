import { spawnSync } from 'node:child_process';

/**
 * `npm run audit`: known weaknesses in what is deployed. Ends with 1 where there is one of a high or critical severity, and
 * with 2 where the audit service of the npm registry cannot be asked: that is no clean bill.
 *
 * Not part of `npm test`, which needs no network: a weakness that became known overnight is no fault of the change at hand.
 */
const LEVELS = ['high', 'critical'] as const;

interface AuditReport {
  readonly metadata?: { readonly vulnerabilities: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
}

const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8' });
const report = readReport(stdout);
if (!report?.metadata) {
  console.error(
    `The audit service cannot be asked, so nothing is known: ${reasonIn(stdout) || stderr.trim()}`,
  );
  process.exit(2);
}
const found = LEVELS.reduce((sum, level) => sum + (report.metadata?.vulnerabilities[level] ?? 0), 0);
for (const [name, { severity, range }] of Object.entries(report.vulnerabilities ?? {})) {
  console.log(`${severity.padEnd(9)} ${name} ${range}`);
}
console.log(`${found} of high or critical severity in what is deployed`);
process.exitCode = found === 0 ? 0 : 1;

function readReport(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonIn(text: string): string {
  const { message, error } = Object(readReport(text));
  return [message, error?.summary, error?.detail].filter(Boolean).join(' ').split('\n')[0] ?? '';
}
