import { afterAll, beforeAll, expect, test } from 'vitest';
import { isListening } from '../support/listening.ts';
import { curlLines, runCurl, type StartedCommand, startCommand } from '../support/start-command.ts';

const KEYS = { QUOTA_ADMIN_KEY: 'the-admin-key-of-a-test', QUOTA_SERVICE_KEY: 'the-service-key-of-a-test' };

let stack: StartedCommand;

beforeAll(async () => {
  stack = startCommand(['--port', '0'], KEYS);
  await stack.ready();
});

afterAll(() => stack.process.kill('SIGKILL'));

test('it prints its keys and curl lines that work', async () => {
  expect(stack.printed()).toContain(KEYS.QUOTA_ADMIN_KEY);
  const lines = curlLines(stack.printed());
  expect(lines).toHaveLength(4);
  const [checked, consumed, read, checkout] = [
    await runCurl(lines[0]),
    await runCurl(lines[1]),
    await runCurl(lines[2]),
    await runCurl(lines[3]),
  ];
  expect(checked).toMatchObject([200, { allowed: true, balance: { used: 0 } }]);
  expect(consumed).toMatchObject([200, { allowed: true, balance: { used: 1 } }]);
  // The caches may answer with the previous state until the projector has run.
  expect(read).toMatchObject([200, { userId: 'alice', version: expect.toBeOneOf([0, 1]) }]);
  expect(checkout).toMatchObject([201, { url: expect.stringMatching(/^http:/) }]);
  const [, { url }] = checkout as [number, { url: string }]; // as it was just found to be
  expect(await (await fetch(url)).text()).toContain('<button>');
});

test('a port in use is reported in one line', async () => {
  const port = new URL(/http:\S+/.exec(stack.printed())?.[0] ?? '').port;
  const second = startCommand(['--port', port], KEYS);
  expect(await second.ended()).toBe(1);
  const [, ...error] = second.printed().split('\n');
  expect(error).toEqual([`Port ${port} is in use; choose another one.`, '']);
});

test.each([
  [
    { QUOTA_ADMIN_KEY: 'short' },
    /^QUOTA_ADMIN_KEY has 5 characters\. Choose 8 to 256 visible ASCII characters\.\n$/,
  ],
  [{ QUOTA_SERVICE_KEY: 'a'.repeat(257) }, /^QUOTA_SERVICE_KEY has 257 characters\. Choose 8 to 256/],
  [
    { STRIPE_SECRET_KEY: 'sk_live_of-a-real-account' },
    /^STRIPE_SECRET_KEY is a live key.*--allow-live-stripe\.\n$/,
  ],
])('%o is refused before anything starts', async (environment, message) => {
  const refused = startCommand(['--port', '0'], environment);
  expect(await refused.ended()).toBe(1);
  expect(refused.printed()).toMatch(message);
});

test('Ctrl-C ends all of it', async () => {
  const ports = [...stack.printed().matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  expect(new Set(ports).size).toBe(4);
  stack.process.kill('SIGINT');
  expect(await stack.ended()).toBe(0);
  for (const port of ports) expect(await isListening(port)).toBe(false);
});
