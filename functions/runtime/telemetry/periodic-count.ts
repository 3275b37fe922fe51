/**
 * Counts events of which each would be a log line. The first one is due at once, those after it together once
 * the interval is over: a flood costs one line an interval in each environment. Events are published with the
 * next one, so that the last of a flood may be missing.
 */
export class PeriodicCount {
  readonly #intervalMs: number;
  #pending = 0;
  #takenAt = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Counts an event at `now` (epoch ms) and returns the number of events to publish; usually 0. */
  add(now: number): number {
    this.#pending += 1;
    if (now - this.#takenAt < this.#intervalMs) return 0;
    const due = this.#pending;
    this.#pending = 0;
    this.#takenAt = now;
    return due;
  }
}
