import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freePort } from '../../../../../infra/local/host/free-port.ts';
import { startTetheredProcess } from '../../../../../infra/local/host/tethered-process.ts';
import { isListening } from '../../../../support/listening.ts';

const MODULE = new URL('../../../../../infra/local/host/tethered-process.ts', import.meta.url).href;

/** A server on a port: alive as long as the port responds. */
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

  it('reports its end', async () => {
    const ended = startTetheredProcess('false', [], { workingDirectory: '/' });
    await vi.waitFor(() => expect(ended.running()).toBe(false));
  });

  it('reports its exit status and last output, unless it was stopped', async () => {
    const script = 'head -c 100000 /dev/zero | tr "\\0" x; echo; echo out of memory >&2; exit 3';
    const dying = startTetheredProcess('sh', ['-c', script], { workingDirectory: '/' });
    expect(await dying.died).toMatch(/^exit status 3: x+\nout of memory$/);
    const stopped = startTetheredProcess('sleep', ['60'], { workingDirectory: '/' });
    const outcome = Promise.race([stopped.died, stopped.stop().then(() => sleep(100, 'stopped'))]);
    expect(await outcome).toBe('stopped');
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

  it('has its scratch folder removed, whatever ended it', async () => {
    for (const command of ['false', 'sleep']) {
      const scratchFolder = await mkdtemp(join(tmpdir(), 'tethered-'));
      onTestFinished(() => rm(scratchFolder, { recursive: true, force: true }));
      await writeFile(join(scratchFolder, 'unpacked'), '');
      const tethered = startTetheredProcess(command, ['60'], { workingDirectory: '/', scratchFolder });
      if (command === 'sleep') await tethered.stop();
      await vi.waitFor(() => expect(tethered.running()).toBe(false));
      expect(existsSync(scratchFolder)).toBe(false);
    }
  });
});
