import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, NoAnswer, Redis } from '../redis/redis.ts';
import { LockHold } from './lock-hold.ts';
import { ACQUIRE, EXTEND, RELEASE } from './redis-lock-scripts.ts';

export interface LockOptions {
  /** After this the lock is free again, whatever its holder's state. */
  readonly ttlMs?: number;
  /** Further tries while another holder has the lock, or Redis does not answer. */
  readonly retries?: number;
  /** Upper bound of the first pause; it doubles with every further one, up to 1 s. */
  readonly retryDelayMs?: number;
  /** No try begins later than this after the first. */
  readonly maxWaitMs?: number;
  /** Whether the lock is extended every third of its TTL until it is released or lost. */
  readonly autoRenew?: boolean;
}

export const LOCK_DEFAULTS: Required<LockOptions> = {
  ttlMs: 10_000,
  retries: 10,
  retryDelayMs: 50,
  maxWaitMs: 5_000,
  autoRenew: false,
};

/**
 * For metrics. `contended`: met another holder, once per acquisition. `timed_out`: gave up waiting for one.
 * `lost`: expired or taken over while held. A resource may name a user: no dimension for a metric.
 */
export interface LockEvent {
  readonly event: 'acquired' | 'contended' | 'timed_out' | 'unavailable' | 'lost';
  readonly resource: string;
  /** Since the first try; absent when lost. */
  readonly waitMs?: number;
}

export interface LockDeps {
  readonly redis: Redis;
  readonly observe?: (event: LockEvent) => void;
  /**
   * Epoch ms on a clock that does not go back within the process. @default performance.now since timeOrigin
   */
  readonly now?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** 0 ≤ x < 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * `contended`: another holder has the lock. `unavailable`: Redis did not answer; continue without the lock,
 * or not at all.
 */
export type LockRefusal = { readonly code: 'contended' } | { readonly code: 'unavailable' };

export interface Lease {
  /** Increases with every acquisition of the resource. */
  readonly fence: number;
  /** Aborted, with `LockLost`, when the lock is lost. */
  readonly signal: AbortSignal;
}

export type Acquisition = ({ readonly code: 'acquired' } & Lease) | LockRefusal;

const RETRY_CAP_MS = 1_000;
/** Maximum lifetime of a fencing number; after that, the clock alone makes the next one greater. */
const FENCE_KEPT_MS = 24 * 60 * 60 * 1_000;
const RENEWALS_PER_TTL = 3;

/**
 * A lock on a resource, for work that would be a waste to do twice: two holders at once cost money, never
 * correctness.
 *
 * While Redis keeps its data there is one holder at a time, and none beyond the TTL. **Not guaranteed:**
 * - A frozen holder (garbage collection, a frozen machine, a slow write under way) past its TTL does not know
 *   that it lost the lock, and its write may come after the next holder's. The fencing number helps where the
 *   receiver of the write remembers the greatest number seen and refuses smaller ones, as a condition in
 *   DynamoDB does.
 * - Redis may forget the lock: replicas lag behind, so a failover, a restart or a flush can make two holders.
 * - Redis expires keys by its wall clock; when that jumps, so does the TTL.
 * - An acquisition delayed on its way may arrive after its caller gave up; then the lock is blocked for one
 *   TTL.
 *
 * Sources: "Distributed Locks with Redis", Redis documentation; Martin Kleppmann, "How to do distributed
 * locking" (2016), which is why this is one Redis and no Redlock.
 */
export class RedisLock {
  readonly #resource: string;
  readonly #options: Required<LockOptions>;
  readonly #deps: Required<LockDeps>;
  #hold: LockHold | undefined;
  #renewal: NodeJS.Timeout | undefined;

  constructor(deps: LockDeps, resource: string, options: LockOptions = {}) {
    this.#resource = resource;
    this.#options = { ...LOCK_DEFAULTS, ...options };
    this.#deps = {
      observe: () => {},
      now: () => performance.timeOrigin + performance.now(),
      sleep,
      random: Math.random,
      ...deps,
    };
  }

  /** How long the lock is guaranteed from now on; 0 when it is not. */
  get remainingMs(): number {
    return this.#hold?.remainingMs ?? 0;
  }

  /**
   * Takes the lock, waiting with exponential backoff and full jitter while it is taken ("Exponential Backoff
   * and Jitter", AWS Architecture Blog).
   *
   * @throws Error when this object holds the lock already: it is not reentrant
   */
  async acquire(): Promise<Acquisition> {
    if (this.remainingMs > 0) throw new Error(`the lock on ${this.#resource} is held by this object`);
    const { now, observe } = this.#deps;
    const startedAt = now();
    // One token for all tries: one that was executed though its answer was lost is recognized by the next.
    const token = randomUUID();
    let contended = false;
    for (let pauses = 0; ; pauses += 1) {
      const sentAt = now();
      const answer = await this.#eval(ACQUIRE, token, [sentAt, FENCE_KEPT_MS]);
      const waitMs = now() - startedAt;
      if (answer.code === 'answered' && answer.value > 0) {
        observe({ event: 'acquired', resource: this.#resource, waitMs });
        return this.#holdFrom(sentAt, token, answer.value);
      }
      if (answer.code === 'answered' && !contended) {
        contended = true;
        observe({ event: 'contended', resource: this.#resource, waitMs });
      }
      const pauseMs = this.#pauseAfter(answer, pauses, startedAt);
      if (pauseMs === undefined) return this.#giveUp(answer, token, pauses, waitMs);
      await this.#deps.sleep(pauseMs);
    }
  }

  /**
   * Extends the lock to its whole TTL from now on. `lost`: it was lost, and the signal is aborted.
   * `unavailable`: Redis did not answer; the lock keeps its former end.
   */
  async extend(): Promise<'extended' | 'lost' | 'unavailable'> {
    const hold = this.#hold;
    if (!hold || hold.remainingMs === 0) {
      hold?.lose();
      return 'lost';
    }
    const sentAt = this.#deps.now();
    const answer = await this.#eval(EXTEND, hold.token);
    if (answer.code === 'no_answer') return 'unavailable';
    if (answer.value === 1) hold.prolong(this.#validUntil(sentAt));
    else hold.lose();
    return hold.remainingMs > 0 ? 'extended' : 'lost';
  }

  /**
   * Releases the lock, if still held. `not_held`: it was not, and its holder keeps it. `unavailable`: Redis
   * did not answer; the lock is free when its TTL ends.
   */
  async release(): Promise<'released' | 'not_held' | 'unavailable'> {
    const hold = this.#hold;
    if (!hold) return 'not_held';
    clearTimeout(this.#renewal);
    hold.end();
    this.#hold = undefined;
    return this.#releaseBy(hold.token);
  }

  #holdFrom(sentAt: number, token: string, fence: number): Acquisition {
    const hold = new LockHold({
      resource: this.#resource,
      token,
      fence,
      validUntil: this.#validUntil(sentAt),
      now: this.#deps.now,
      onLost: () => {
        clearTimeout(this.#renewal);
        this.#deps.observe({ event: 'lost', resource: this.#resource });
      },
    });
    this.#hold = hold;
    if (this.#options.autoRenew) this.#renewLater();
    return { code: 'acquired', fence, signal: hold.signal };
  }

  #renewLater(): void {
    const hold = this.#hold;
    const renew = async () => {
      const extension = await this.extend();
      if (extension !== 'lost' && this.#hold === hold) this.#renewLater();
    };
    this.#renewal = setTimeout(renew, this.#options.ttlMs / RENEWALS_PER_TTL).unref();
  }

  /** How long to wait before the next try; `undefined` when there should be none. */
  #pauseAfter(answer: Answer<number>, pauses: number, startedAt: number): number | undefined {
    const { retries, retryDelayMs, maxWaitMs } = this.#options;
    if (pauses >= retries) return undefined;
    if (answer.code === 'no_answer' && !mayHaveBeenExecuted(answer)) return undefined;
    const pauseMs = this.#deps.random() * Math.min(RETRY_CAP_MS, retryDelayMs * 2 ** pauses);
    return this.#deps.now() + pauseMs - startedAt > maxWaitMs ? undefined : pauseMs;
  }

  async #giveUp(answer: Answer<number>, token: string, pauses: number, waitMs: number): Promise<LockRefusal> {
    const { observe } = this.#deps;
    if (answer.code === 'answered') {
      if (pauses > 0) observe({ event: 'timed_out', resource: this.#resource, waitMs });
      return { code: 'contended' };
    }
    observe({ event: 'unavailable', resource: this.#resource, waitMs });
    // The last try may have taken the lock.
    if (mayHaveBeenExecuted(answer)) await this.#releaseBy(token);
    return { code: 'unavailable' };
  }

  async #releaseBy(token: string): Promise<'released' | 'not_held' | 'unavailable'> {
    const first = await this.#eval(RELEASE, token);
    const lostAnswer = first.code === 'no_answer' && mayHaveBeenExecuted(first);
    // Others wait for it, and a repeated release does no harm.
    const answer = lostAnswer ? await this.#eval(RELEASE, token) : first;
    if (answer.code === 'no_answer') return 'unavailable';
    return answer.value === 1 || lostAnswer ? 'released' : 'not_held';
  }

  #eval(script: string, token: string, further: readonly number[] = []): Promise<Answer<number>> {
    // The braces make a cluster keep both keys on one node.
    const keys = [`lock:{${this.#resource}}`, `fence:{${this.#resource}}`];
    const args = [token, ...[this.#options.ttlMs, ...further].map((ms) => String(Math.floor(ms)))];
    return this.#deps.redis.ask((commands) => commands.eval<string[], number>(script, keys, args));
  }

  /**
   * Counted from before the request was sent, less a hundredth and 2 ms: two machines' clocks run at
   * different rates. Source: Redis documentation, as above.
   */
  #validUntil(sentAt: number): number {
    return sentAt + this.#options.ttlMs * 0.99 - 2;
  }
}

function mayHaveBeenExecuted({ reason }: NoAnswer): boolean {
  return reason === 'timeout' || reason === 'unreachable';
}
