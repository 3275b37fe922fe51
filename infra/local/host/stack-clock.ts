import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The clock of the local stack: the machine's time plus an offset that only grows. Functions run in threads
 * and read the offset from shared memory.
 */
export class StackClock {
  /** One signed 64-bit number: the milliseconds by which the clock is ahead. */
  readonly shared = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  readonly #file: string | undefined;

  /**
   * @param file persists the offset, since persisted data has times of this clock
   * @throws Error with the file, if it cannot be read
   */
  constructor(file?: string) {
    this.#file = file;
    if (file && existsSync(file)) this.#set(readAheadMs(file));
  }

  get aheadMs(): number {
    return aheadMsOf(this.shared);
  }

  /** Epoch milliseconds. */
  readonly now = (): number => Date.now() + this.aheadMs;

  /** @param toMs epoch milliseconds; a past time changes nothing */
  moveTo(toMs: number): void {
    const byMs = toMs - this.now();
    if (byMs <= 0) return;
    this.#set(this.aheadMs + byMs);
    if (this.#file) keepAheadMs(this.#file, this.aheadMs);
  }

  #set(aheadMs: number): void {
    Atomics.store(new BigInt64Array(this.shared), 0, BigInt(Math.round(aheadMs)));
  }
}

/** @param shared of a {@link StackClock} */
export function aheadMsOf(shared: SharedArrayBuffer): number {
  return Number(Atomics.load(new BigInt64Array(shared), 0));
}

function readAheadMs(file: string): number {
  try {
    const { aheadMs } = Object(JSON.parse(readFileSync(file, 'utf8')));
    if (!Number.isSafeInteger(aheadMs) || aheadMs < 0) throw new Error('aheadMs is not a duration');
    return aheadMs;
  } catch (error) {
    throw new Error(
      `${file}, the offset of the stack's clock, cannot be read: ${error}. Restore it, or choose another --data.`,
    );
  }
}

/** Renamed into place: a crash must not leave a partial file. */
function keepAheadMs(file: string, aheadMs: number): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify({ aheadMs }));
  renameSync(`${file}.new`, file);
}
