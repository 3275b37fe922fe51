import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlantedBug } from './planted-bug.ts';

/** Several times the duration of the slowest named test. */
const TIME_LIMIT_MS = 240_000;
/** Distinguishes a failed comparison, or a test's own error, from a timeout and a crash. */
const BY_EXPECTATION = /AssertionError|Property failed after|promise (resolved|rejected) .* instead of/;
const OUT_OF_TIME = /TimeoutError|timed out/;

export type Catch =
  | { readonly code: 'caught'; readonly test: string }
  | { readonly code: 'missed'; readonly because: string };

interface JsonReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs the test that must catch a bug, in a folder that has it. */
export async function runTest(
  folder: string,
  { project, test, named }: PlantedBug,
  dynamodbEndpoint: string,
): Promise<Catch> {
  const report = join(folder, 'report.json');
  await rm(report, { force: true });
  const isOver = await runVitest(
    folder,
    [
      'run',
      // Integration is several suites; the file determines which.
      ...['--project', `${project}*`, test],
      ...(named === undefined ? [] : ['--testNamePattern', escaped(named)]),
      ...['--reporter', 'json', '--outputFile', report],
    ],
    dynamodbEndpoint,
  );
  if (!isOver) return { code: 'missed', because: 'it hangs' };
  try {
    return judge(JSON.parse(await readFile(report, 'utf8')));
  } catch (error) {
    return { code: 'missed', because: `no test ran: ${error}` };
  }
}

function judge({ testResults }: JsonReport): Catch {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = results.filter(({ status }) => status === 'failed');
  const byExpectation = failed.find(({ failureMessages }) => isExpectation(failureMessages.join('\n')));
  if (byExpectation) return { code: 'caught', test: byExpectation.fullName };
  const [first] = failed;
  if (first)
    return {
      code: 'missed',
      because: `"${first.fullName}" failed by ${first.failureMessages[0]?.split('\n')[0]}`,
    };
  const passed = results.filter(({ status }) => status === 'passed').length;
  const messages = testResults.map(({ message }) => message).join(' ');
  return { code: 'missed', because: passed > 0 ? `${passed} tests passed` : `no test ran ${messages}` };
}

/** A test's own error states its expectation in its own words. */
function isExpectation(message: string): boolean {
  if (OUT_OF_TIME.test(message)) return false;
  const [, thrownAt = ''] = /\n\s+at (.*)/.exec(message) ?? [];
  return BY_EXPECTATION.test(message) || /\/test\/(unit|integration|support)\//.test(thrownAt);
}

/** Whether it ended by itself. */
async function runVitest(
  folder: string,
  args: readonly string[],
  dynamodbEndpoint: string,
): Promise<boolean> {
  const vitest = spawn(process.execPath, [join(folder, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: folder,
    stdio: 'ignore',
    // A process group of its own: its children end with it.
    detached: true,
    env: { ...process.env, DYNAMODB_LOCAL_ENDPOINT: dynamodbEndpoint },
  });
  const patience = new AbortController();
  const ended = new Promise<true>((resolve) => vitest.once('exit', () => resolve(true)));
  const tired = sleep(TIME_LIMIT_MS, false as const, { signal: patience.signal }).catch(() => false as const);
  const isOver = await Promise.race([ended, tired]);
  patience.abort();
  if (!isOver && vitest.pid !== undefined) process.kill(-vitest.pid, 'SIGKILL');
  return isOver;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
