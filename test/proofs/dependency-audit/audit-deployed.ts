import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** A vulnerability of a deployed package, from the registry's audit service. */
export interface Weakness {
  readonly name: string;
  readonly severity: string;
  /** The affected versions. */
  readonly range: string;
}

/** `unknown`: the service was unreachable, which is no pass. */
export type Audit =
  | { readonly code: 'known'; readonly weaknesses: readonly Weakness[] }
  | { readonly code: 'unknown'; readonly reason: string };

interface AuditReport {
  readonly metadata?: unknown;
  readonly vulnerabilities?: Readonly<Record<string, Weakness>>;
}

const PROJECT = resolve(import.meta.dirname, '../../..');
const WAIT_MS = 20_000;
const GRAVE = ['high', 'critical'];

/**
 * Lists the known vulnerabilities of the deployed packages, as pinned by `package-lock.json`.
 *
 * @param registry the registry of the audit service. @default npm's configured one
 */
export async function auditDeployed(registry?: string): Promise<Audit> {
  const elsewhere = registry === undefined ? [] : ['--registry', registry];
  const { stdout, stderr } = await npm('audit', '--omit=dev', '--json', '--fetch-retries=0', ...elsewhere);
  const report = readReport(stdout);
  if (!report?.metadata) return { code: 'unknown', reason: reasonIn(report) || stderr.trim() };
  return { code: 'known', weaknesses: Object.values(report.vulnerabilities ?? {}) };
}

/** Of a severity that blocks a deployment. */
export const isGrave = ({ severity }: Weakness): boolean => GRAVE.includes(severity);

/** With any exit code: npm exits with an error for a finding, too. */
function npm(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return new Promise((done) => {
    execFile('npm', args, { cwd: PROJECT, timeout: WAIT_MS }, (_, stdout, stderr) =>
      done({ stdout, stderr }),
    );
  });
}

function readReport(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonIn(report: AuditReport | undefined): string {
  const { message, error } = Object(report);
  return [message, error?.summary, error?.detail].filter(Boolean).join(' ').split('\n')[0] ?? '';
}
