interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Receives every event for the story: a line is built only when needed. */
export type Trace = (at: number, line: () => string) => void;

/**
 * Time and order. Every wait, for a store's answer or for a delay, is scheduled here; the earliest one runs
 * next, with all it triggers until everything waits again. No real clock, no real timer.
 */
export class World {
  readonly #queue: Scheduled[] = [];
  readonly #trace: Trace | undefined;
  #now: number;
  #order = 0;
  #isOver = false;

  constructor(startAt: number, trace?: Trace) {
    this.#now = startAt;
    this.#trace = trace;
  }

  /** True time, epoch ms with fractions. Nodes read it through clocks of their own. */
  readonly now = (): number => this.#now;

  trace(line: () => string): void {
    this.#trace?.(this.#now, line);
  }

  /** Ends the history here: a promise was broken, and later faults mean nothing. */
  end(): void {
    this.#isOver = true;
  }

  after(ms: number, run: () => void): void {
    push(this.#queue, { at: this.#now + Math.max(0, ms), order: this.#order++, run });
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Runs scheduled work, until none is left or the instant has come (epoch ms). */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    // Lets the event loop run between histories.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let next = this.#queue[0]; next && next.at <= until; next = this.#queue[0]) {
      pop(this.#queue);
      this.#now = next.at;
      next.run();
      await quiescent();
      if (this.#isOver) throw new HistoryOver();
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }
}

/** Thrown by a world that has ended. */
export class HistoryOver extends Error {}

/** Promises settle before the next tick, which is faster than a turn of the event loop. */
const quiescent = () => new Promise<void>((resolve) => process.nextTick(resolve));

const isBefore = (a: Scheduled | undefined, b: Scheduled | undefined) =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));

/** A binary heap: the earliest first. */
function push(heap: Scheduled[], scheduled: Scheduled): void {
  let at = heap.push(scheduled) - 1;
  for (let parent = (at - 1) >> 1; at > 0 && isBefore(heap[at], heap[parent]); parent = (at - 1) >> 1) {
    swap(heap, at, parent);
    at = parent;
  }
}

function pop(heap: Scheduled[]): void {
  swap(heap, 0, heap.length - 1);
  heap.pop();
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const child = isBefore(heap[right], heap[left]) ? right : left;
    if (!isBefore(heap[child], heap[at])) return;
    swap(heap, at, child);
    at = child;
  }
}

function swap(heap: Scheduled[], a: number, b: number): void {
  const [one, other] = [heap[a], heap[b]];
  if (!one || !other) return;
  heap[a] = other;
  heap[b] = one;
}
