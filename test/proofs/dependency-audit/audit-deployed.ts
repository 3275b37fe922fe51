import { execFile } from 'node:child_process';
import { resolve } from 'node:path';

/** A weakness that the registry's audit service knows of in a package that is deployed. */
export interface Weakness {
  readonly name: string;
  readonly severity: string;
  /** The versions it is in. */
  readonly range: string;
}

/** `unknown`: the service could not be asked, which is no clean bill. */
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
 * Asks for known weaknesses in what is deployed, as `package-lock.json` pins it.
 *
 * @param registry whose audit service is asked. @default the one npm is set up with
 */
export async function auditDeployed(registry?: string): Promise<Audit> {
  const elsewhere = registry === undefined ? [] : ['--registry', registry];
  const { stdout, stderr } = await npm('audit', '--omit=dev', '--json', '--fetch-retries=0', ...elsewhere);
  const report = readReport(stdout);
  if (!report?.metadata) return { code: 'unknown', reason: reasonIn(report) || stderr.trim() };
  return { code: 'known', weaknesses: Object.values(report.vulnerabilities ?? {}) };
}

/** Of a severity that must not be deployed. */
export const isGrave = ({ severity }: Weakness): boolean => GRAVE.includes(severity);

/** Whatever it ends with: it is an error to find something, too. */
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
