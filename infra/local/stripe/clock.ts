/**
 * The simulator's own time: it stands still until somebody moves it, or runs with the machine's clock and can be
 * moved ahead of it. It never goes back.
 */
export class SimulatorClock {
  #standsAtMs: number | undefined;
  #aheadMs = 0;

  /** @param standsAtMs epoch milliseconds; absent: it runs */
  constructor(standsAtMs?: number) {
    this.#standsAtMs = standsAtMs;
  }

  nowMs(): number {
    return this.#standsAtMs ?? Date.now() + this.#aheadMs;
  }

  /** Whole seconds, as Stripe counts. */
  now(): number {
    return Math.floor(this.nowMs() / 1_000);
  }

  /** @param toMs epoch milliseconds; a time that is over changes nothing */
  moveTo(toMs: number): void {
    const byMs = Math.max(0, toMs - this.nowMs());
    if (this.#standsAtMs === undefined) this.#aheadMs += byMs;
    else this.#standsAtMs += byMs;
  }
}
