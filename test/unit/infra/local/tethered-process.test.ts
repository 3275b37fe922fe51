import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../../infra/local/free-port.ts';
import { startTetheredProcess } from '../../../../infra/local/tethered-process.ts';
import { isListening } from '../../../support/listening.ts';

const MODULE = new URL('../../../../infra/local/tethered-process.ts', import.meta.url).href;

/** A server on a port: alive as long as the port answers. */
const serverArguments = (port: number) => [
  '-e',
  `require('node:net').createServer().listen(${port}, '127.0.0.1')`,
];
const untilListening = (port: number, expected: boolean) =>
  vi.waitFor(async () => expect(await isListening(port)).toBe(expected), { timeout: 5_000 });

describe('a tethered process', () => {
  it('ends when it is stopped', async () => {
    const port = await freePort();
    const server = startTetheredProcess(process.execPath, serverArguments(port), { workingDirectory: '/' });
    await untilListening(port, true);
    await server.stop();
    expect(server.running()).toBe(false);
    expect(await isListening(port)).toBe(false);
  });

  it('tells that it ended by itself', async () => {
    const ended = startTetheredProcess('false', [], { workingDirectory: '/' });
    await vi.waitFor(() => expect(ended.running()).toBe(false));
  });

  it('does not outlive a parent that is killed', async () => {
    const port = await freePort();
    const script = `const { startTetheredProcess } = await import('${MODULE}');
      startTetheredProcess(process.execPath, ${JSON.stringify(serverArguments(port))}, { workingDirectory: '/' });
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await untilListening(port, true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await untilListening(port, false);
  });
});
