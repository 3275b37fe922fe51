import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { LAYOUT } from '../../shared/contract.ts';
import { isListening } from '../support/listening.ts';
import { localDynamoDB } from '../support/local-dynamodb.ts';
import { curlLines, runCurl, type StartedCommand, startCommand } from '../support/start-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-data-'));
const started: StartedCommand[] = [];

afterEach(() => {
  for (const { process } of started.splice(0)) process.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, maxRetries: 10 }));

async function start(): Promise<StartedCommand> {
  const command = startCommand(['--port', '0', '--data', folder]);
  started.push(command);
  await command.ready();
  return command;
}

const urlOf = ({ printed }: StartedCommand) => /Quota service at (\S+)/.exec(printed())?.[1] ?? '';

/** Reads the plan of the third curl line, past the caches. */
async function planOf(command: StartedCommand): Promise<unknown> {
  const line = curlLines(command.printed())[2]?.replace('/quota', '/quota?consistent=true');
  const [, body] = await runCurl(line);
  return Object(body).plan?.id;
}

async function buy(command: StartedCommand): Promise<void> {
  const [status, body] = await runCurl(curlLines(command.printed())[3]);
  expect([status, body]).toMatchObject([201, { url: expect.any(String) }]);
  await fetch(Object(body).url, { method: 'POST', body: '', redirect: 'manual' });
}

/** The process id of the emulator on a port: a grandchild of the command, below the shell that tethers it. */
function emulatorOf({ process: { pid } }: StartedCommand, port = ''): number {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const processes = rows.map((row) => /^ *(\d+) +(\d+) (.*)$/.exec(row) ?? []);
  const childrenOf = (parent: string) => processes.filter(([, , ppid]) => ppid === parent);
  const grandchildren = childrenOf(String(pid)).flatMap(([, child = '']) => childrenOf(child));
  const found = grandchildren.find(([, , , command]) => command?.includes(port));
  if (!found) throw new Error(`no emulator on port ${port} below process ${pid}`);
  return Number(found[1]);
}

test('a killed stack restarts on its data: Stripe has the sold subscriptions, and the checkout still sells', async () => {
  const first = await start();
  await runCurl(curlLines(first.printed())[1]);
  await buy(first);
  await vi.waitFor(async () => expect(await planOf(first)).toBe('pro'), { timeout: 60_000 });
  first.process.kill('SIGKILL');
  await first.ended();

  const second = await start();
  expect(await planOf(second)).toBe('pro');
  // Of another user: this one has a subscription by now.
  const [, , , checkout = ''] = curlLines(second.printed());
  expect(await runCurl(checkout.replace('alice', 'bob'))).toMatchObject([201, { url: expect.any(String) }]);
  const [, portal] = await runCurl(
    checkout
      .replace('checkout-sessions', 'portal-sessions')
      .replace(/-d '.*'/, `-d '{"userId":"alice","returnUrl":"http://localhost:3000/"}'`),
  );
  expect(await (await fetch(Object(portal).url)).text()).toContain('active');

  const other = startCommand(['--port', '0', '--data', folder]);
  expect(await other.ended()).toBe(1);
  expect(other.printed().split('\n').slice(1)).toEqual([
    `${folder} is in use by another stack (process ${second.process.pid}). Stop that one, or choose another --data.`,
    '',
  ]);
  expect(await isListening(Number(new URL(urlOf(second)).port))).toBe(true);
}, 900_000);

test('data of another layout stops the start with one line that has both remedies', async () => {
  const data = join(folder, 'of-another-release');
  const first = startCommand(['--port', '0', '--data', data]);
  started.push(first);
  await first.ready();
  const port = /DynamoDB Local at http:\/\/127\.0\.0\.1:(\d+)/.exec(first.printed())?.[1];
  const client = localDynamoDB(`http://127.0.0.1:${port}`);
  const { TableNames: [TableName] = [] } = await client.send(new ListTablesCommand({}));
  const { pk, sk } = LAYOUT.key;
  const Item = { pk: { S: pk }, sk: { S: sk }, [LAYOUT.attribute]: { N: '99' } };
  await client.send(new PutItemCommand({ TableName, Item }));
  client.destroy();
  first.process.kill('SIGTERM');
  await first.ended();

  const second = startCommand(['--port', '0', '--data', data]);
  started.push(second);
  expect(await second.ended()).toBe(1);
  expect(second.printed().split('\n').slice(-2)).toEqual([
    `${data} has layout 99, and this release reads ${LAYOUT.readable.join(' and ')}. Start the release that wrote it, or choose another --data.`,
    '',
  ]);
});

test.each([
  ['DynamoDB Local', /DynamoDB Local at http:\/\/127\.0\.0\.1:(\d+)/],
  ['redis-server', /redis {8}127\.0\.0\.1:(\d+)/],
])('when %s dies, the stack reports it and ends', async (name, port) => {
  const stack = await start();
  const listening = /127\.0\.0\.1:(\d+)/g;
  const ports = [...stack.printed().matchAll(listening)].map(([, found]) => Number(found));
  const emulatorPort = port.exec(stack.printed())?.[1];
  process.kill(emulatorOf(stack, emulatorPort), 'SIGKILL');
  expect(await stack.ended()).toBe(1);
  expect(stack.printed()).toContain(`${name} has ended unexpectedly`);
  for (const one of ports) expect(await isListening(one)).toBe(false);
});
