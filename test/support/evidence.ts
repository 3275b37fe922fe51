import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');
const FILE = resolve(ROOT, 'docs/evidence.md');
const BEGIN = '<!-- evidence: begin -->';
const END = '<!-- evidence: end -->';
const COLUMNS = ['command', 'size', 'result', 'counts', 'took', 'date', 'commit', 'on'] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** The result of a command's run. */
export interface Evidence {
  /** Its name in package.json, such as `bench:lock`: one row each. */
  readonly command: string;
  /** The size of the run, as its options: `--consumes 100000`. */
  readonly size: string;
  readonly isPassed: boolean;
  /** The resulting figures, in reading order. */
  readonly counts: Readonly<Record<string, string | number>>;
  /** The systems it ran on besides this machine: `DynamoDB Local`, `Redis`. */
  readonly on?: readonly string[];
}

/** For `parseArgs`, which rejects unknown options. */
export const RECORD_OPTION = { record: { type: 'boolean', default: false } } as const;

/** The commit at the start: the working tree may change during the run. */
const commit = isAsked() ? commitOf() : '';

/**
 * Writes a run into its command's row of `docs/evidence.md`, in place of the previous run. Does nothing
 * unless the command was started with `--record`. Call it once, when the result is known; commit before,
 * since a row names the commit.
 *
 * @example
 * const { values } = parseArgs({ options: { count: { type: 'string' }, ...RECORD_OPTION } });
 * …
 * recordEvidence({
 *   command: 'test:fuzz',
 *   size: '--handler-cases 1000000',
 *   isPassed: faults === 0,
 *   counts: { 'status 5xx': 0, 'state changes': 0 },
 *   on: ['DynamoDB Local'],
 * });
 */
export function recordEvidence(evidence: Evidence): void {
  if (!isAsked()) return;
  writeFileSync(FILE, withRow(readFileSync(FILE, 'utf8'), rowOf(evidence)));
}

/** The document with one row added, or replaced for the same command. Rows are sorted by command. */
export function withRow(document: string, row: Row): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`the evidence has no "${BEGIN}" before a "${END}"`);
  const line = lineOf(COLUMNS.map((column) => row[column]));
  const others = document
    .slice(from + BEGIN.length, to)
    .split('\n')
    .filter((other) => other.startsWith('| `') && !other.startsWith(`| ${row.command} |`));
  const header = [lineOf(COLUMNS), lineOf(COLUMNS.map(() => '---'))];
  const table = [...header, ...[...others, line].sort(byCommand)].join('\n');
  return `${document.slice(0, from)}${BEGIN}\n\n${table}\n\n${document.slice(to)}`;
}

function rowOf({ command, size, isPassed, counts, on = [] }: Evidence): Row {
  return {
    command: `\`${command}\``,
    size,
    result: isPassed ? 'pass' : '**FAIL**',
    counts: Object.entries(counts)
      .map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
      .join(', '),
    took: `${Math.round(performance.now() / 1_000).toLocaleString('en')} s`,
    date: new Date().toISOString().slice(0, 10),
    commit,
    on: [`${availableParallelism()} cores`, `Node ${process.versions.node.split('.')[0]}`, ...on].join(', '),
  };
}

function byCommand(one: string, other: string): number {
  const [name, otherName] = [one, other].map((line) => line.split('`')[1] ?? '');
  return String(name) < String(otherName) ? -1 : 1;
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

function isAsked(): boolean {
  return process.argv.includes('--record');
}

/** The commit, and whether the code differed from it. */
function commitOf(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  const isChanged = git('status', '--porcelain', '--', '.', ':!docs/evidence.md', ':!node_modules') !== '';
  return git('rev-parse', '--short', 'HEAD') + (isChanged ? ' and changes' : '');
}
