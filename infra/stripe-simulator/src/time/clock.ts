/**
 * The simulator's clock. It is stopped, or runs with the machine's clock and can be moved ahead. It never
 * goes back.
 */
export class SimulatorClock {
  #stoppedAtMs: number | undefined;
  #aheadMs: number;
  readonly #read: () => number;

  /**
   * @param stoppedAtMs epoch milliseconds; absent: the clock runs
   * @param aheadMs how far a running clock is ahead. @default 0
   * @param read time source of a running clock. @default the machine's time
   */
  constructor(stoppedAtMs?: number, aheadMs = 0, read: () => number = Date.now) {
    this.#stoppedAtMs = stoppedAtMs;
    this.#aheadMs = aheadMs;
    this.#read = read;
  }

  nowMs(): number {
    return this.#stoppedAtMs ?? this.#read() + this.#aheadMs;
  }

  /** How far a running clock is ahead of its source. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Whole seconds, as Stripe counts. */
  now(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** @param toMs epoch milliseconds; a past time changes nothing */
  moveTo(toMs: number): void {
    const byMs = Math.max(0, toMs - this.nowMs());
    if (this.#stoppedAtMs === undefined) this.#aheadMs += byMs;
    else this.#stoppedAtMs += byMs;
  }
}
