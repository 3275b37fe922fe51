import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { reviveDecimals } from './revive-decimals.ts';

/** The persisted state of a simulator. */
export interface SavedSimulator {
  /** Base URL of its pages, e.g. `http://127.0.0.1:12345`. */
  readonly baseUrl: string;
  /** How far its clock was ahead. */
  readonly aheadMs: number;
  /** The result of `worldState`. */
  readonly world: Record<string, unknown>;
}

/** Increase it when older state can no longer be restored. */
const LAYOUT = 1;

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

export type WriteFile = (file: string, content: Uint8Array) => Promise<void>;

/** Writes a line of JSON with the layout and a checksum, then the state. */
export function writeWorldFile(file: string, write: WriteFile, saved: SavedSimulator): Promise<void> {
  const state = serialize(saved);
  const header = JSON.stringify({ layout: LAYOUT, sha256: sha256(state) });
  return write(file, Buffer.concat([Buffer.from(`${header}\n`), state]));
}

/**
 * Reads a file of `writeWorldFile`; returns undefined if there is none.
 *
 * @throws Error with the file, the cause and what to do, if it cannot be used
 */
export function readWorldFile(file: string): SavedSimulator | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return decode(readFileSync(file));
  } catch (error) {
    throw unusableWorldFile(file, error);
  }
}

export function unusableWorldFile(file: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `${file}, the state of the Stripe simulator, cannot be used: ${why}. Restore a copy, choose another --data, ` +
      'or delete it: the simulator then starts with an empty account, without the present subscriptions.',
    { cause },
  );
}

function decode(content: Buffer): SavedSimulator {
  const end = content.indexOf('\n');
  const header = Object(parsed(content.subarray(0, Math.max(end, 0)).toString()));
  const state = content.subarray(end + 1);
  if (typeof header.layout !== 'number') throw new Error('not a state file, or damaged');
  if (header.layout !== LAYOUT) throw new Error(`layout ${header.layout}, expected ${LAYOUT}`);
  if (header.sha256 !== sha256(state)) throw new Error('damaged (the checksum differs)');
  const saved: SavedSimulator = deserialize(state);
  reviveDecimals(saved.world);
  return saved;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
