/** A task: a name of the task table and the id of its object. It is data, so that it can be saved. */
export interface Task<Name extends string = string> {
  readonly name: Name;
  readonly id: string;
}

export interface ScheduledTask<Name extends string = string> extends Task<Name> {
  /** Seconds. */
  readonly at: number;
}

interface Entry<Name extends string> extends ScheduledTask<Name> {
  readonly order: number;
  dropped: boolean;
}

const keyOf = ({ name, id }: Task): string => `${id}/${name}`;

/**
 * A clock in epoch seconds with scheduled tasks. Tasks run in the order of their times, each with the clock
 * at its time; tasks of one second run in the order in which they were scheduled.
 */
export class Timeline<Name extends string = string> {
  readonly #read: () => number;
  readonly #run: (task: Task<Name>) => void;
  readonly #heap: Entry<Name>[] = [];
  readonly #byKey = new Map<string, Entry<Name>>();
  #order = 0;
  /** The time of the task that runs. */
  #runningAt: number | undefined;

  /**
   * @param read seconds
   * @param run executes a task that is due
   */
  constructor(read: () => number, run: (task: Task<Name>) => void) {
    this.#read = read;
    this.#run = run;
  }

  now(): number {
    return this.#runningAt ?? this.#read();
  }

  /** Schedules a task; replaces the same task at another time. A past time means the next run. */
  schedule({ name, id }: Task<Name>, at: number): void {
    this.cancel({ name, id });
    const entry = { name, id, at, order: this.#order++, dropped: false };
    this.#byKey.set(keyOf(entry), entry);
    push(this.#heap, entry);
  }

  cancel(task: Task<Name>): void {
    const entry = this.#byKey.get(keyOf(task));
    if (entry) entry.dropped = true;
    this.#byKey.delete(keyOf(task));
  }

  /** All scheduled tasks, in the order in which they will run. */
  scheduled(): ScheduledTask<Name>[] {
    return [...this.#byKey.values()]
      .sort((left, right) => (isBefore(left, right) ? -1 : 1))
      .map(({ name, id, at }) => ({ name, id, at }));
  }

  /** When the next task is due. */
  nextAt(): number | undefined {
    while (this.#heap[0]?.dropped) pop(this.#heap);
    return this.#heap[0]?.at;
  }

  /** Runs the first due task up to this time, with the others of its second. Returns false if none is due. */
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
    const entry = pop(this.#heap);
    if (!entry) return;
    this.#byKey.delete(keyOf(entry));
    const before = this.#runningAt;
    this.#runningAt = at;
    try {
      this.#run(entry);
    } finally {
      this.#runningAt = before;
    }
  }
}

interface Ordered {
  readonly at: number;
  readonly order: number;
}

const isBefore = (left: Ordered, right: Ordered) =>
  left.at < right.at || (left.at === right.at && left.order < right.order);

function push<T extends Ordered>(heap: T[], task: T): void {
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

function pop<T extends Ordered>(heap: T[]): T | undefined {
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
