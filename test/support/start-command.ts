import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { expect, vi } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');

/** `npm start` as a process of its own. */
export interface StartedCommand {
  readonly process: ChildProcess;
  /** All of its output so far. */
  printed(): string;
  /** Resolves when the stack runs. */
  ready(): Promise<void>;
  /** Resolves to the exit status; null when a signal ended it. */
  ended(): Promise<number | null>;
}

/** @param environment added to this process's own */
export function startCommand(
  options: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): StartedCommand {
  const child = spawn(process.execPath, ['infra/local/start.ts', ...options], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  const exit = once(child, 'close').then(([status]): number | null => status);
  return {
    process: child,
    printed: () => printed,
    ready: () => vi.waitFor(() => expect(printed).toContain('Ctrl-C'), { timeout: 280_000 }),
    ended: () => exit,
  };
}

/** The printed curl lines, in their order. */
export const curlLines = (printed: string): string[] =>
  printed.split('\n').filter((line) => line.startsWith('  curl '));

/** Sends the request of a printed curl line. */
export async function runCurl(line = ''): Promise<[status: number, body: unknown]> {
  const url = /curl (\S+)/.exec(line)?.[1] ?? '';
  const headers = [...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  );
  const body = /-d '([^']+)'/.exec(line)?.[1];
  const response = await fetch(url, { headers, ...(body && { method: 'POST', body }) });
  return [response.status, await response.json()];
}
