/** Counts distinct numbers with one bit each, for dense numbers from 0. */
export class DistinctCounter {
  #bits = new Uint8Array(64);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(number: number): void {
    const [index, bit] = [number >> 3, 1 << (number & 7)];
    if (index >= this.#bits.length) this.#grow(index + 1);
    const byte = this.#bits[index] ?? 0;
    if ((byte & bit) !== 0) return;
    this.#bits[index] = byte | bit;
    this.#count += 1;
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
