/** Runs saves one at a time. Calls that arrive while one runs share the next one (group commit). */
export class GroupedSave {
  readonly #save: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(save: () => Promise<void>) {
    this.#save = save;
  }

  /** Resolves when a save that started after this call is done; rejects if that save fails. */
  now(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#running) return this.#begin();
    const begin = () => this.#begin();
    this.#next = this.#running.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#save().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }
}
