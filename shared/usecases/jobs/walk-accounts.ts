import type { AccountFilter, AccountScan, ScanSegment } from '../../adapters/dynamodb/account-scan.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface WalkAccountsDeps extends RetryDeps {
  readonly accountScan: Pick<AccountScan, 'page' | 'positionOf'>;
}

export interface AccountWalk {
  /** What the walk is for; the checkpoint of a walk for another purpose is not resumed. */
  readonly purpose: string;
  /** @default all accounts */
  readonly filter?: AccountFilter | undefined;
  /** Where an earlier walk stopped. */
  readonly checkpoint: string | undefined;
  readonly mayContinue: () => boolean;
  /** Works on some users; `false`: there was no time for all of them, so that they are walked again. */
  readonly work: (userIds: readonly string[]) => Promise<boolean>;
  /** Called after each chunk, with the place where a later walk continues. */
  readonly onProgress: (checkpoint: string) => void;
}

/** Parts of the table that are walked at once. */
const SEGMENTS = 4;
/** Users between two looks at the time. */
const CHUNK = 25;

/** How far a segment was walked: not begun (`null`), behind a key, or all of it. */
type Position = Exclude<ScanSegment['after'], undefined> | null | 'done';

/**
 * Walks through every account of the table, in chunks, and can be continued by another run. Every account that exists
 * during the whole walk is worked on at least once; one whose chunk was interrupted, again.
 *
 * @returns whether it came to the end
 */
export async function walkAccounts(deps: WalkAccountsDeps, walk: AccountWalk): Promise<boolean> {
  const positions = readCheckpoint(walk);
  const ended = await Promise.all(
    positions.map((_, segment) => new SegmentWalk(deps, walk, positions, segment).run()),
  );
  return ended.every(Boolean);
}

class SegmentWalk {
  readonly #deps: WalkAccountsDeps;
  readonly #walk: AccountWalk;
  /** Of all segments: a checkpoint has them together. */
  readonly #positions: Position[];
  readonly #segment: number;

  constructor(deps: WalkAccountsDeps, walk: AccountWalk, positions: Position[], segment: number) {
    this.#deps = deps;
    this.#walk = walk;
    this.#positions = positions;
    this.#segment = segment;
  }

  async run(): Promise<boolean> {
    for (;;) {
      const position = this.#positions[this.#segment];
      if (position === 'done') return true;
      if (!this.#walk.mayContinue()) return false;
      const { userIds, next } = await retry(this.#deps, () =>
        this.#deps.accountScan.page({
          segment: this.#segment,
          segments: SEGMENTS,
          after: position ?? undefined,
          filter: this.#walk.filter,
        }),
      );
      if (!(await this.#workOn(userIds))) return false;
      this.#moveTo(next ?? 'done');
    }
  }

  async #workOn(userIds: readonly string[]): Promise<boolean> {
    for (let from = 0; from < userIds.length; from += CHUNK) {
      const chunk = userIds.slice(from, from + CHUNK);
      if (!this.#walk.mayContinue() || !(await this.#walk.work(chunk))) return false;
      const last = chunk.at(-1);
      if (last !== undefined) this.#moveTo(this.#deps.accountScan.positionOf(last));
    }
    return true;
  }

  #moveTo(position: Position): void {
    this.#positions[this.#segment] = position;
    this.#walk.onProgress(JSON.stringify({ purpose: this.#walk.purpose, positions: this.#positions }));
  }
}

function readCheckpoint({ checkpoint, purpose }: AccountWalk): Position[] {
  const start: Position[] = Array.from({ length: SEGMENTS }, () => null);
  if (checkpoint === undefined) return start;
  const read = JSON.parse(checkpoint) as { purpose: string; positions: Position[] }; // written by `#moveTo`
  return read.purpose === purpose && read.positions.length === SEGMENTS ? read.positions : start;
}
