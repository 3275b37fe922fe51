/**
 * The simulator's own time: it stands still until somebody moves it, or runs with the machine's clock and can be
 * moved ahead of it. It never goes back.
 */
export class SimulatorClock {
  #stoppedAtMs: number | undefined;
  #aheadMs: number;
  readonly #read: () => number;

  /**
   * @param stoppedAtMs epoch milliseconds; absent: it runs
   * @param aheadMs of a clock that runs. @default 0
   * @param read what a clock that runs is ahead of. @default the machine's time
   */
  constructor(stoppedAtMs?: number, aheadMs = 0, read: () => number = Date.now) {
    this.#stoppedAtMs = stoppedAtMs;
    this.#aheadMs = aheadMs;
    this.#read = read;
  }

  nowMs(): number {
    return this.#stoppedAtMs ?? this.#read() + this.#aheadMs;
  }

  /** How far a clock that runs is ahead of the machine's. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Whole seconds, as Stripe counts. */
  now(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** @param toMs epoch milliseconds; a time that is over changes nothing */
  moveTo(toMs: number): void {
    const byMs = Math.max(0, toMs - this.nowMs());
    if (this.#stoppedAtMs === undefined) this.#aheadMs += byMs;
    else this.#stoppedAtMs += byMs;
  }
}
