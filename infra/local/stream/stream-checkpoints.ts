import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

interface ShardPosition {
  /** Sequence number of the last processed record. */
  readonly after?: string;
  readonly finished?: true;
}

/**
 * The position of a subscription in each shard. With a file, a restart on persisted data continues there;
 * records in flight are delivered again.
 */
export class StreamCheckpoints {
  readonly #file: string | undefined;
  readonly #positions: Map<string, ShardPosition>;

  constructor(file?: string) {
    this.#file = file;
    this.#positions = new Map(file && existsSync(file) ? readPositions(file) : []);
  }

  position(shardId: string): string | undefined {
    return this.#positions.get(shardId)?.after;
  }

  isFinished(shardId: string): boolean {
    return this.#positions.get(shardId)?.finished ?? false;
  }

  advance(shardId: string, sequenceNumber: string): void {
    this.#set(shardId, { after: sequenceNumber });
  }

  finish(shardId: string): void {
    this.#set(shardId, { ...this.#positions.get(shardId), finished: true });
  }

  #set(shardId: string, position: ShardPosition): void {
    this.#positions.set(shardId, position);
    if (!this.#file) return;
    // Renamed into place: a crash must not leave a partial file.
    writeFileSync(`${this.#file}.new`, JSON.stringify(Object.fromEntries(this.#positions)));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readPositions(file: string): [string, ShardPosition][] {
  try {
    return Object.entries(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${file}, the kept positions in the streams, cannot be read: ${error}. Restore it, or delete it: all kept records are processed again.`,
    );
  }
}
