import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../../../../infra/local/host/data-lock.ts';

const MODULE = new URL('../../../../../infra/local/host/data-lock.ts', import.meta.url).href;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'data-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Another process that locks the folder, prints whether it succeeded, and waits. */
async function otherProcess(path = folder) {
  const script = `const { lockDataFolder } = await import('${MODULE}');
    try { lockDataFolder(${JSON.stringify(path)}); console.log('locked'); } catch (error) { console.log(error.message); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  const kill = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { pid: child.pid, said: String(said).trim(), kill };
}

describe('a data folder', () => {
  it('is used by one stack at a time, of this process or another, by any path', async () => {
    const release = lockDataFolder(folder);
    const inUse = `is in use by another stack (process ${process.pid}). Stop that one, or choose another --data.`;
    expect(() => lockDataFolder(folder)).toThrow(`${folder} ${inUse}`);
    symlinkSync(folder, `${folder}.link`);
    const other = await otherProcess(`${folder}.link`);
    expect(other.said).toBe(`${folder}.link ${inUse}`);
    await other.kill();
    rmSync(`${folder}.link`);
    release();
    lockDataFolder(folder)();
  });

  it('is free after its process was killed', async () => {
    const other = await otherProcess();
    expect(other.said).toBe('locked');
    expect(() => lockDataFolder(folder)).toThrow(`(process ${other.pid})`);
    await other.kill();
    lockDataFolder(folder)();
  });

  it('is free if a stale process id belongs to another process', () => {
    writeFileSync(join(folder, 'lock-holder'), String(process.ppid));
    lockDataFolder(folder)();
  });

  it('that cannot be used is reported with the reason', () => {
    writeFileSync(join(folder, 'lock'), 'no database, but long enough to be taken for the header of one');
    expect(() => lockDataFolder(folder)).toThrow(new RegExp(`^${folder} cannot be used: .*not a database`));
  });
});
