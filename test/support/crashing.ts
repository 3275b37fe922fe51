/** The process has crashed: no call of it has an effect any more. */
export class Crashed extends Error {
  constructor() {
    super('the process has crashed');
    this.name = 'Crashed';
  }
}

/** Counts the calls of a process, and crashes it at one of them. */
export class CrashPoint {
  readonly #at: number;
  readonly #when: 'before' | 'after';
  #calls = 0;
  #isDown = false;

  /**
   * @param at the call at which it crashes, counted from 1. @param when before or after the call has its
   * effect
   */
  constructor(at: number, when: 'before' | 'after') {
    this.#at = at;
    this.#when = when;
  }

  get calls(): number {
    return this.#calls;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** The same object, whose methods are calls of the process. */
  over<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const method = Reflect.get(target, name);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) => this.#call(() => Reflect.apply(method, target, args));
      },
    });
  }

  async #call(method: () => unknown): Promise<unknown> {
    if (this.#isDown) throw new Crashed();
    this.#calls += 1;
    const isLast = this.#calls === this.#at;
    if (isLast) this.#isDown = true;
    if (isLast && this.#when === 'before') throw new Crashed();
    const result = await method();
    // Calls that were under way when the process crashed have their effect, too.
    if (this.#isDown) throw new Crashed();
    return result;
  }
}
