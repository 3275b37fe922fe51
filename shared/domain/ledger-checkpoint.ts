import { counterKey, type LedgerDelta, type LedgerEntry } from './ledger.ts';
import { EntrySum, FIGURES, type LedgerSums, NO_SUMS, sumsAfter } from './ledger-sums.ts';

/**
 * Replaces the oldest part of a ledger: the sums of all entries up to a version, so that those entries may
 * leave the table. It is written once they are archived, before the first of them leaves.
 */
export interface LedgerCheckpoint extends LedgerSums {
  readonly userId: string;
  /** The sums before the entries that this checkpoint added to the previous one. */
  readonly since: LedgerSums;
  /** Those entries stay in the table at least until then (epoch ms). */
  readonly expireAt: number;
}

/**
 * Creates the checkpoint after further entries.
 *
 * @param previous the account's checkpoint, if it has one
 * @param entries the next ones, the oldest first
 * @throws Error if they do not follow the previous checkpoint without a gap
 */
export function checkpointAfter(
  userId: string,
  previous: LedgerCheckpoint | undefined,
  entries: readonly LedgerEntry[],
  expireAt: number,
): LedgerCheckpoint {
  const since = previous ? sumsOf(previous) : NO_SUMS;
  const gap = entries.findIndex(({ version }, index) => version !== since.version + 1 + index);
  if (gap >= 0) throw new Error(`version ${since.version + 1 + gap} of ${userId} is not in the ledger`);
  return { userId, ...sumsAfter(since, entries), since, expireAt };
}

function sumsOf({ version, at, counters, lifetime }: LedgerCheckpoint): LedgerSums {
  return { version, at, counters, lifetime };
}

/** Compares a checkpoint with its own entries, as long as the table has them. Takes the newest first. */
export class CheckpointProof {
  readonly #checkpoint: LedgerCheckpoint;
  readonly #mayHaveExpired: boolean;
  readonly #sum = new EntrySum();
  readonly #gaps: string[] = [];
  #next: number;

  /** @param now epoch ms */
  constructor(checkpoint: LedgerCheckpoint, now: number) {
    this.#checkpoint = checkpoint;
    this.#mayHaveExpired = now >= checkpoint.expireAt;
    this.#next = checkpoint.version;
  }

  add(entry: LedgerEntry): void {
    const { since } = this.#checkpoint;
    if (entry.version <= since.version) return;
    this.#expect(entry.version);
    this.#sum.add(entry);
    this.#next = entry.version - 1;
  }

  /** Returns the findings, after the last entry. Entries that may have expired are no finding. */
  finish(): readonly string[] {
    const { since } = this.#checkpoint;
    this.#expect(since.version);
    if (this.#gaps.length > 0) return this.#mayHaveExpired ? [] : this.#gaps;
    return differences(this.#checkpoint, this.#sum.after(since));
  }

  /** Records a gap between a version and the entry added last. */
  #expect(version: number): void {
    const [from, to] = [version + 1, this.#next];
    if (from < to) this.#gaps.push(`versions ${from} to ${to} are missing`);
    else if (from === to) this.#gaps.push(`version ${from} is missing`);
  }
}

function differences(checkpoint: LedgerCheckpoint, actual: LedgerSums): string[] {
  const stored = byCounter(checkpoint.counters);
  const summed = byCounter(actual.counters);
  const found: string[] = [];
  const compare = (subject: string, [has, sum]: readonly [number | bigint, number | bigint]) => {
    if (has !== sum)
      found.push(
        `the checkpoint at version ${checkpoint.version} has ${has} ${subject}, its entries sum to ${sum}`,
      );
  };
  for (const [key, delta] of new Map([...stored, ...summed])) {
    for (const figure of FIGURES)
      compare(`${figure} of ${delta.feature}/${delta.interval}`, [
        stored.get(key)?.[figure] ?? 0,
        summed.get(key)?.[figure] ?? 0,
      ]);
  }
  for (const feature of new Set([...checkpoint.lifetime.keys(), ...actual.lifetime.keys()]))
    compare(`used of ${feature} in all`, [
      checkpoint.lifetime.get(feature) ?? 0n,
      actual.lifetime.get(feature) ?? 0n,
    ]);
  return found;
}

function byCounter(counters: readonly LedgerDelta[]): Map<string, LedgerDelta> {
  return new Map(counters.map((sum) => [counterKey(sum.feature, sum), sum]));
}
