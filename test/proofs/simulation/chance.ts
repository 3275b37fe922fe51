import { seededRandom } from '../../support/faulty-client.ts';

/** The source of all randomness in a history: the same seed, the same history. */
export class Chance {
  readonly random: () => number;

  /** `parts` separate streams of one seed, so that removing one does not change the others. */
  constructor(seed: number, ...parts: number[]) {
    this.random = seededRandom(parts.reduce(mix, mix(0x9e3779b9, seed)));
  }

  happens(probability: number): boolean {
    return this.random() < probability;
  }

  /** An integer, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  between(from: number, to: number): number {
    return from + this.random() * (to - from);
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to choose from');
    return choices[Math.floor(this.random() * choices.length)] as T; // within the list
  }

  /** One of the names, with probability by weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries<number>(weights) as [T, number][]; // its own entries
    let left = this.random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return this.pick(entries.map(([name]) => name));
  }
}

/** Spreads neighbouring seeds far apart ("murmur3's finalizer"). */
function mix(state: number, part: number): number {
  let hash = Math.imul(state ^ part, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13) ^ part, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
