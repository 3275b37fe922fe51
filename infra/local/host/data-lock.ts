import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Locks a data folder for one stack: two emulators corrupt the same files.
 *
 * The lock is SQLite's exclusive lock on an empty database. The operating system releases it when the process
 * ends, so a crash leaves no stale lock, and no process id is trusted.
 *
 * @returns releases the folder
 * @throws Error in one line if a running stack uses the folder, or it is not writable
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'lock'));
  const holderFile = join(folder, 'lock-holder');
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isLocked(error)) throw new Error(`${folder} cannot be used: ${Object(error).message}`);
    throw new Error(
      `${folder} is in use by another stack (process ${holderOf(holderFile)}). Stop that one, or choose another --data.`,
    );
  }
  writeFileSync(holderFile, String(process.pid));
  return () => database.close();
}

/** https://www.sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5;

const isLocked = (error: unknown): boolean => Object(error).errcode === SQLITE_BUSY;

function holderOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return 'unknown';
  }
}
