/** The reason why the work under a lock is aborted. */
export class LockLost extends Error {
  override readonly name = 'LockLost';
  readonly resource: string;

  constructor(resource: string) {
    super(`the lock on ${resource} was lost`);
    this.resource = resource;
  }
}

/** A held lock: its guaranteed end, and the signal of its loss. Ends once, by loss or release. */
export class LockHold {
  readonly token: string;
  readonly fence: number;
  readonly #resource: string;
  readonly #now: () => number;
  readonly #onLost: () => void;
  readonly #controller = new AbortController();
  #validUntil = 0;
  #expiry: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: {
    readonly resource: string;
    readonly token: string;
    readonly fence: number;
    /** On the clock of `now`. */
    readonly validUntil: number;
    readonly now: () => number;
    readonly onLost: () => void;
  }) {
    this.token = options.token;
    this.fence = options.fence;
    this.#resource = options.resource;
    this.#now = options.now;
    this.#onLost = options.onLost;
    this.prolong(options.validUntil);
  }

  /** Aborted, with `LockLost`, when the lock is lost. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How long the lock is guaranteed from now on; 0 when it is not. */
  get remainingMs(): number {
    return this.#ended ? 0 : Math.max(0, this.#validUntil - this.#now());
  }

  prolong(validUntil: number): void {
    if (this.#ended) return;
    this.#validUntil = validUntil;
    clearTimeout(this.#expiry);
    const leftMs = validUntil - this.#now();
    if (leftMs > 0) {
      // Unreferenced: an expiring lock must not keep a process alive.
      this.#expiry = setTimeout(() => this.lose(), leftMs).unref();
    } else {
      // The answer took longer than the lock lasts.
      this.lose();
    }
  }

  lose(): void {
    if (!this.end()) return;
    this.#controller.abort(new LockLost(this.#resource));
    this.#onLost();
  }

  /** True for the first call. */
  end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#expiry);
    return true;
  }
}
