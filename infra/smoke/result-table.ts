import type { SmokeReport } from './smoke.ts';
import type { StepResult } from './step.ts';

/** Longest name of an operation, and the widths of the other columns. */
const WIDTHS = { operation: 22, status: 6, ms: 6 } as const;

export const TABLE_HEAD = rowOf('operation', 'status', 'ms', 'checked');

/** One line for a result; a failed one has its reason in a second line. */
export function resultRow({ operation, status, ms, checks, isPassed, failure }: StepResult): string {
  const row = rowOf(
    operation,
    status === null ? '-' : String(status),
    ms === null ? '-' : String(ms),
    checks,
  );
  return isPassed ? row : `${row}\n  FAILED: ${failure}`;
}

/** The lines below the table: the remains in the deployment, and the verdict as the last line. */
export function summary({ url, results, skipped, isPassed, leftBehind }: SmokeReport): string {
  const failed = results.filter((result) => !result.isPassed).length;
  const routes = new Set(results.map(({ operation }) => operation)).size;
  const notRun = skipped > 0 ? `, ${skipped} not run` : '';
  const verdict = `${results.length} checks of ${routes} routes, ${failed} failed${notRun}: ${url}`;
  return [
    ...(leftBehind.length > 0
      ? ['', 'Left in the deployment:', ...leftBehind.map((line) => `- ${line}`)]
      : []),
    '',
    `${isPassed ? 'PASS' : 'FAIL'}: ${verdict}`,
  ].join('\n');
}

function rowOf(operation: string, status: string, ms: string, checks: string): string {
  return `${operation.padEnd(WIDTHS.operation)} ${status.padStart(WIDTHS.status)} ${ms.padStart(WIDTHS.ms)}  ${checks}`;
}
