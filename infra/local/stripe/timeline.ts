interface Task {
  readonly key: string;
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  dropped: boolean;
}

/**
 * A clock in whole seconds since 1970, and what is planned on it. Tasks run in the order of their times, each with the
 * clock standing at its time; those of one second in the order of their planning.
 */
export class Timeline {
  readonly #read: () => number;
  readonly #heap: Task[] = [];
  readonly #byKey = new Map<string, Task>();
  #order = 0;
  /** Stands still here while a task runs. */
  #standingAt: number | undefined;

  /** @param read seconds */
  constructor(read: () => number) {
    this.#read = read;
  }

  now(): number {
    return this.#standingAt ?? this.#read();
  }

  /** Plans something, in place of what was planned under this key. A time that is over means: at once, when next run. */
  plan(key: string, at: number, run: () => void): void {
    this.drop(key);
    const task = { key, at, order: this.#order++, run, dropped: false };
    this.#byKey.set(key, task);
    push(this.#heap, task);
  }

  drop(key: string): void {
    const task = this.#byKey.get(key);
    if (task) task.dropped = true;
    this.#byKey.delete(key);
  }

  /** When something is next due. */
  nextAt(): number | undefined {
    while (this.#heap[0]?.dropped) pop(this.#heap);
    return this.#heap[0]?.at;
  }

  /** Runs what is due first, up to this time, with all else of the same second. False when nothing is due. */
  runNext(until: number): boolean {
    const at = this.nextAt();
    if (at === undefined || at > until) return false;
    for (let next = this.nextAt(); next === at; next = this.nextAt()) this.#runFirst(at);
    return true;
  }

  runAll(until: number): void {
    while (this.runNext(until));
  }

  #runFirst(at: number): void {
    const task = pop(this.#heap);
    if (!task) return;
    this.#byKey.delete(task.key);
    const before = this.#standingAt;
    this.#standingAt = at;
    try {
      task.run();
    } finally {
      this.#standingAt = before;
    }
  }
}

const isBefore = (left: Task, right: Task) =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

function push(heap: Task[], task: Task): void {
  let child = heap.length;
  heap.push(task);
  while (child > 0) {
    const parent = (child - 1) >> 1;
    const above = heap[parent];
    if (!above || isBefore(above, task)) break;
    heap[child] = above;
    heap[parent] = task;
    child = parent;
  }
}

function pop(heap: Task[]): Task | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || first === last) return first;
  let parent = 0;
  for (;;) {
    const left = heap[2 * parent + 1];
    const right = heap[2 * parent + 2];
    const child = left && right && isBefore(right, left) ? 2 * parent + 2 : 2 * parent + 1;
    const below = heap[child];
    if (!below || isBefore(last, below)) break;
    heap[parent] = below;
    parent = child;
  }
  heap[parent] = last;
  return first;
}
