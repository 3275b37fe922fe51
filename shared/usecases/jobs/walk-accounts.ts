import type { AccountFilter, AccountScan, ScanSegment } from '../../adapters/dynamodb/account-scan.ts';
import { type RetryDeps, retry } from '../retry/retry.ts';

export interface WalkAccountsDeps extends RetryDeps {
  readonly accountScan: Pick<AccountScan, 'page' | 'positionOf'>;
}

export interface AccountWalk {
  /** Identifies the walk; the checkpoint of a walk for another purpose is ignored. */
  readonly purpose: string;
  /** @default all accounts */
  readonly filter?: AccountFilter | undefined;
  /** Where an earlier walk stopped. */
  readonly checkpoint: string | undefined;
  readonly mayContinue: () => boolean;
  /**
   * Processes some users; `false`: there was not enough time for all of them, so the next walk repeats them.
   */
  readonly work: (userIds: readonly string[]) => Promise<boolean>;
  /** Called after each chunk, with the place where a later walk continues. */
  readonly onProgress: (checkpoint: string) => void;
}

/** Parts of the table that are walked concurrently. */
const SEGMENTS = 4;
/** Users between two checks of the time. */
const CHUNK = 25;

/** The progress in a segment: not started (`null`), after a key, or complete. */
type Position = Exclude<ScanSegment['after'], undefined> | null | 'done';

/**
 * Walks every account of the table in chunks; another run can continue it. Every account that exists during
 * the whole walk is processed at least once; those of an interrupted chunk again.
 *
 * @returns whether the walk is complete
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
  /** Shared by all segments: a checkpoint contains all positions. */
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
