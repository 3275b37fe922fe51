const GREATEST = 0;
const TURNS = 1;

/**
 * A resource with fencing: it remembers the greatest number so far and refuses writes with a smaller one. In
 * shared memory, so that holders in several threads write to the same one.
 *
 * Source: Martin Kleppmann, "How to do distributed locking" (2016).
 */
export class FencedRegister {
  readonly memory: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(memory = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new BigInt64Array(memory);
  }

  /** Whether the write was accepted. */
  write(fence: number): boolean {
    const wanted = BigInt(fence);
    for (;;) {
      const greatest = Atomics.load(this.#cells, GREATEST);
      if (wanted < greatest) return false;
      if (Atomics.compareExchange(this.#cells, GREATEST, greatest, wanted) === greatest) return true;
    }
  }

  /** The number of counted turns: the order of holders, independent of their fencing numbers. */
  get turns(): number {
    return Number(Atomics.load(this.#cells, TURNS));
  }

  /** Called by a holder after its first write; returns the turn's number. */
  countTurn(): number {
    return Number(Atomics.add(this.#cells, TURNS, 1n)) + 1;
  }
}
