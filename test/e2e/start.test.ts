import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isListening } from '../support/listening.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const KEYS = { QUOTA_ADMIN_KEY: 'the-admin-key-of-a-test', QUOTA_SERVICE_KEY: 'the-service-key-of-a-test' };

let stack: ChildProcess;
let printed = '';

/** What `npm start` runs, on a free port. */
function start(...options: string[]): ChildProcess {
  return spawn(process.execPath, ['infra/local/start.ts', ...options], {
    cwd: PROJECT,
    env: { ...process.env, ...KEYS },
  });
}

beforeAll(async () => {
  stack = start('--port', '0');
  for (const stream of [stack.stdout, stack.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
  }
  await vi.waitFor(() => expect(printed).toContain('Ctrl-C'), { timeout: 60_000 });
});

afterAll(() => stack.kill('SIGKILL'));

/** Sends what a printed curl line would. */
async function runCurl(line: string): Promise<[number, unknown]> {
  const url = /curl (\S+)/.exec(line)?.[1] ?? '';
  const headers = [...line.matchAll(/-H '([^:]+): ([^']+)'/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value],
  );
  const body = /-d '([^']+)'/.exec(line)?.[1];
  const response = await fetch(url, { headers, ...(body && { method: 'POST', body }) });
  return [response.status, await response.json()];
}

test('it prints the keys it was given and curl lines that work', async () => {
  expect(printed).toContain(KEYS.QUOTA_ADMIN_KEY);
  const lines = printed.split('\n').filter((line) => line.startsWith('  curl '));
  expect(lines).toHaveLength(4);
  const [checked, consumed, read, checkout] = [
    await runCurl(lines[0] ?? ''),
    await runCurl(lines[1] ?? ''),
    await runCurl(lines[2] ?? ''),
    await runCurl(lines[3] ?? ''),
  ];
  expect(checked).toMatchObject([200, { allowed: true, balance: { used: 0 } }]);
  expect(consumed).toMatchObject([200, { allowed: true, balance: { used: 1 } }]);
  // The caches may answer with what stood there before, until the projector has been by.
  expect(read).toMatchObject([200, { userId: 'alice', version: expect.toBeOneOf([0, 1]) }]);
  expect(checkout).toMatchObject([201, { url: expect.stringMatching(/^http:/) }]);
  const [, { url }] = checkout as [number, { url: string }]; // as it was just found to be
  expect(await (await fetch(url)).text()).toContain('<button>');
});

test('a port in use is said in one line', async () => {
  const port = new URL(/http:\S+/.exec(printed)?.[0] ?? '').port;
  const second = start('--port', port);
  let said = '';
  second.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(second, 'exit');
  expect(code).toBe(1);
  expect(said).toBe(`Port ${port} is in use; choose another one.\n`);
});

test('Ctrl-C ends all of it', async () => {
  const ports = [...printed.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  expect(new Set(ports).size).toBe(4);
  stack.kill('SIGINT');
  const [code] = await once(stack, 'exit');
  expect(code).toBe(0);
  for (const port of ports) expect(await isListening(port)).toBe(false);
});
