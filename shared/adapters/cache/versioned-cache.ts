import { randomUUID } from 'node:crypto';
import { dateOf } from '../../domain/date-range.ts';
import type { Answer, Redis, RedisCommands } from '../redis/redis.ts';
import { CacheCounters, type CacheCountName, type CacheCounts } from './cache-counters.ts';
import { type CacheKind, decodeEntry, encodeEntry, type Figure, type Loaded } from './cache-entry.ts';
import { DROP, FILL, INCREMENT, LOOK_UP } from './cache-scripts.ts';
import { MemoryCache } from './memory-cache.ts';

export type { CacheKind, Loaded } from './cache-entry.ts';

/** Changes that moved a figure: the amount, and their versions. */
export interface FigureChange extends Figure {
  readonly firstVersion: number;
  readonly version: number;
}

export interface Cached<V> extends Loaded<V> {
  readonly from: 'l1' | 'l2' | 'store';
}

export interface CacheDeps {
  readonly redis: Redis;
  /** Epoch ms. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** For metrics: receives a kind's counts of the last seconds. Not called when no Redis is configured. */
  readonly observe?: (kind: string, counts: readonly (readonly [CacheCountName, number])[]) => void;
}

const L1_TTL_MS = 1_000;
const L1_CAPACITY = 5_000;
/** A filler without a fill by then counts as dead. */
const LEASE_MS = 1_000;
const WAIT_STEP_MS = 25;
const WAIT_AT_MOST_MS = 200;
/** Ids remembered for a later drop; beyond that the TTL suffices. */
const MOST_OUTDATED = 10_000;
const STATS_TTL_MS = 3 * 24 * 3_600_000;

type Found<V> = Cached<V> | 'fill' | 'wait' | 'no_answer';

/**
 * A read-through cache in two layers: this process's memory (≤ 1 s) over Redis. Every entry has the version
 * of its value, and no write replaces a later version, in either layer. Without an answer from Redis it
 * loads.
 */
export class VersionedCache<V> {
  readonly #kind: CacheKind<V>;
  readonly #deps: CacheDeps;
  readonly #memory: MemoryCache<Loaded<V>>;
  readonly #flights = new Map<string, Promise<Cached<V>>>();
  readonly #counters: CacheCounters;
  /** Ids whose old value may still be in Redis, with the first version that may be cached. */
  readonly #outdated = new Map<string, number>();

  constructor(deps: CacheDeps, kind: CacheKind<V>) {
    this.#kind = kind;
    this.#deps = deps;
    this.#memory = new MemoryCache(L1_CAPACITY, L1_TTL_MS, deps.now);
    this.#counters = new CacheCounters(deps.now());
  }

  /** The counts of this environment since they were last handed over. */
  get counts(): Readonly<CacheCounts> {
    return this.#counters.pending;
  }

  /**
   * The cached value, or the result of `load`, which is then cached. Concurrent readers of a cold key load it
   * once: readers in this process share one lookup, others wait briefly for the holder of the lease.
   */
  async read(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    const remembered = this.#memory.get(id);
    if (remembered) {
      this.#counters.count('l1Hits');
      return { ...remembered, from: 'l1' };
    }
    const underWay = this.#flights.get(id);
    if (underWay) {
      // Answered by this process, from a pending lookup.
      this.#counters.count('l1Hits');
      return underWay;
    }
    const flight = this.#readThrough(id, load).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  /**
   * As `read`, but never trusts a cached "not found": the value may have been created since without reaching
   * Redis.
   */
  async readExisting(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    const cached = await this.read(id, load);
    if (cached.value !== undefined || cached.from === 'store') return cached;
    const loaded = await load();
    if (loaded.value !== undefined) await this.put(id, loaded);
    return { ...loaded, from: 'store' };
  }

  /**
   * Stores a value that is known to be true; `false` if a later version is stored, or Redis did not answer.
   */
  async put(id: string, loaded: Loaded<V>, costMs = 0): Promise<boolean> {
    return isDone(await this.#fill(id, loaded, costMs));
  }

  /**
   * As `put`, by the writer that keeps cached values up to date: if Redis does not answer, the old value is
   * dropped, at once or before the next refresh. Until then, and at most for its TTL, readers may get it.
   */
  async refresh(id: string, loaded: Loaded<V>): Promise<boolean> {
    await this.#dropOutdated();
    return this.#orDrop(id, loaded.version, await this.#fill(id, loaded, 0));
  }

  /**
   * Increments the figure of a cached value; see `INCREMENT`. If Redis does not answer, the value is dropped
   * as by `refresh`. This process's memory keeps its copy, which expires within a second.
   */
  async increment(id: string, { count, about, firstVersion, version }: FigureChange): Promise<boolean> {
    await this.#dropOutdated();
    const args = [count, about, firstVersion, version].map(String);
    const answer = await this.#ask((commands) =>
      commands.eval<string[], number>(INCREMENT, [this.#kind.keyOf(id)], args),
    );
    return this.#orDrop(id, version, answer);
  }

  /** Drops a value. From now on only `version` and later ones may be cached. */
  async drop(id: string, version: number): Promise<void> {
    await this.#drop(id, version);
  }

  async #fill(id: string, loaded: Loaded<V>, costMs: number): Promise<Answer<number>> {
    this.#remember(id, loaded);
    const { keyOf, ttlMs } = this.#kind;
    const entry = encodeEntry(this.#kind, id, loaded, { filledAt: this.#deps.now(), costMs });
    const answer = await this.#ask((commands) =>
      commands.eval<string[], number>(FILL, [keyOf(id), leaseOf(keyOf(id))], [String(ttlMs), ...entry]),
    );
    if (isDone(answer)) this.#counters.count('fills');
    // A later version is stored, which the next reader must get.
    else if (answer.code === 'answered') this.#memory.delete(id);
    return answer;
  }

  async #drop(id: string, version: number): Promise<Answer<number>> {
    this.#memory.delete(id);
    const { keyOf, ttlMs } = this.#kind;
    return this.#ask((commands) =>
      commands.eval<string[], number>(DROP, [keyOf(id)], [String(version), String(ttlMs)]),
    );
  }

  /**
   * Whether a change was made; if its outcome is unknown, the value is dropped, or recorded for the next
   * drop.
   */
  async #orDrop(id: string, version: number, answer: Answer<number>): Promise<boolean> {
    if (answer.code === 'no_answer' && answer.reason !== 'not_configured') {
      const dropped = await this.#drop(id, version);
      const isFull = this.#outdated.size >= MOST_OUTDATED && !this.#outdated.has(id);
      if (dropped.code === 'no_answer' && !isFull) {
        this.#outdated.set(id, Math.max(version, this.#outdated.get(id) ?? 0));
      }
    }
    return isDone(answer);
  }

  async #dropOutdated(): Promise<void> {
    const outdated = [...this.#outdated];
    this.#outdated.clear();
    await Promise.all(
      outdated.map(async ([id, version]) => {
        const { code } = await this.#drop(id, version);
        if (code === 'no_answer') this.#outdated.set(id, Math.max(version, this.#outdated.get(id) ?? 0));
      }),
    );
  }

  async #readThrough(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    const waitUntil = this.#deps.now() + WAIT_AT_MOST_MS;
    for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
      const found = await this.#lookUp(id);
      if (typeof found === 'object') return found;
      // Also bounded by the steps: Redis may be slow, and a test's clock may be frozen.
      const mayWait = waitedMs < WAIT_AT_MOST_MS && this.#deps.now() < waitUntil;
      if (found !== 'wait' || !mayWait) return this.#load(id, load, found !== 'no_answer');
      await this.#deps.sleep(WAIT_STEP_MS);
    }
  }

  async #load(id: string, load: () => Promise<Loaded<V>>, mayFill: boolean): Promise<Cached<V>> {
    const startedAt = this.#deps.now();
    const loaded = await load();
    this.#counters.count('misses');
    if (mayFill) await this.put(id, loaded, Math.max(0, this.#deps.now() - startedAt));
    else this.#remember(id, loaded);
    return { ...loaded, from: 'store' };
  }

  async #lookUp(id: string): Promise<Found<V>> {
    const key = this.#kind.keyOf(id);
    const lease = [randomUUID(), String(LEASE_MS)];
    const answer = await this.#ask((commands) =>
      commands.eval<string[], (string | null)[]>(LOOK_UP, [key, leaseOf(key)], lease),
    );
    if (answer.code === 'no_answer') return 'no_answer';
    const [first] = answer.value;
    if (first === 'fill' || first === 'wait') return first;
    const entry = this.#decode(id, answer.value);
    if (!entry) return 'fill';
    this.#counters.count('l2Hits');
    this.#remember(id, entry);
    return entry;
  }

  /** The entry, unless it is unreadable or due for an early refresh. */
  #decode(id: string, fields: readonly unknown[]): Cached<V> | undefined {
    const entry = decodeEntry(this.#kind, id, fields);
    if (!entry) return undefined;
    const { filledAt, costMs, ...loaded } = entry;
    return this.#isRefreshDue(filledAt, costMs) ? undefined : { ...loaded, from: 'l2' };
  }

  /**
   * Whether this reader refreshes a value before it expires: the probability grows towards its end and with
   * the cost of a load. Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede
   * Prevention" (2015).
   */
  #isRefreshDue(filledAt: number, costMs: number): boolean {
    const earlyMs = -costMs * Math.log(1 - this.#deps.random());
    return this.#deps.now() + earlyMs >= filledAt + this.#kind.ttlMs;
  }

  #remember(id: string, { value, version, asOf, figure }: Loaded<V>): void {
    const standing = this.#memory.get(id);
    if (standing && standing.version > version) return;
    this.#memory.set(id, { value, version, asOf, ...(figure && { figure }) });
  }

  /** Calls Redis, and sends the due counts in the same request. */
  async #ask<T>(send: (commands: RedisCommands) => Promise<T>): Promise<Answer<T>> {
    const { redis, now, observe } = this.#deps;
    const due = this.#counters.takeDue(now());
    const key = statsKey(this.#kind.name, now());
    const answer = await redis.ask(async (commands) => {
      const handingOver = due.map(([name, count]) => commands.hincrby(key, name, count));
      if (due.length > 0) handingOver.push(commands.pexpire(key, STATS_TTL_MS));
      const [value] = await Promise.all([send(commands), ...handingOver]);
      return value;
    });
    const reason = answer.code === 'no_answer' ? answer.reason : undefined;
    // Without Redis, a miss in it means nothing.
    if (due.length > 0 && reason !== 'not_configured') observe?.(this.#kind.name, due);
    // No Redis, or an unknown address, is no error of Redis.
    if (reason && reason !== 'not_configured' && reason !== 'address_unknown') this.#counters.count('errors');
    return answer;
  }
}

/** Whether Redis made the change: it returns 0 if a later version is stored. */
function isDone(answer: Answer<number>): boolean {
  return answer.code === 'answered' && answer.value === 1;
}

/** The key of all environments' counts, per kind and UTC day. */
export function statsKey(kind: string, now: number): string {
  return `cache:stats:${kind}:${dateOf(now)}`;
}

/** Outside of the entries' keys, so that no user's id can name another's lease. */
function leaseOf(key: string): string {
  return `lease:${key}`;
}
