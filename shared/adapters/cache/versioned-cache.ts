import { randomUUID } from 'node:crypto';
import { dateOf } from '../../domain/date-range.ts';
import type { Answer, Redis, RedisCommands } from '../redis/redis.ts';
import { CacheCounters, type CacheCountName, type CacheCounts } from './cache-counters.ts';
import { type CacheKind, decodeEntry, encodeEntry, type Figure, type Loaded } from './cache-entry.ts';
import { DROP, FILL, INCREMENT, LOOK_UP } from './cache-scripts.ts';
import { MemoryCache } from './memory-cache.ts';

export type { CacheKind, Loaded } from './cache-entry.ts';

/** Changes that moved a figure: by how much, and the versions they made. */
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
  /** For metrics: what a kind's cache counted in the last seconds. Not told where no Redis is configured. */
  readonly observe?: (kind: string, counts: readonly (readonly [CacheCountName, number])[]) => void;
}

const L1_TTL_MS = 1_000;
const L1_CAPACITY = 5_000;
/** A filler that has not filled by then is taken for dead. */
const LEASE_MS = 1_000;
const WAIT_STEP_MS = 25;
const WAIT_AT_MOST_MS = 200;
/** Ids that are remembered for a later drop; the TTL takes care of more than that. */
const MOST_OUTDATED = 10_000;
const STATS_TTL_MS = 3 * 24 * 3_600_000;

type Found<V> = Cached<V> | 'fill' | 'wait' | 'no_answer';

/**
 * A read-through cache in two layers: this process's memory (≤ 1 s) over Redis. Every entry carries the version of what
 * it holds, and no write replaces a later version, in either layer. Without an answer from Redis it loads.
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

  /** What this environment counted since it last handed its counts over. */
  get counts(): Readonly<CacheCounts> {
    return this.#counters.pending;
  }

  /**
   * The cached value, or what `load` finds, which is cached then. Many readers of one cold key load it once: those of
   * this process share one look, those of others wait a moment for whoever holds the lease.
   */
  async read(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    const remembered = this.#memory.get(id);
    if (remembered) {
      this.#counters.count('l1Hits');
      return { ...remembered, from: 'l1' };
    }
    const underWay = this.#flights.get(id);
    if (underWay) {
      // Answered by this process, with what it is asking for already.
      this.#counters.count('l1Hits');
      return underWay;
    }
    const flight = this.#readThrough(id, load).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  /**
   * As `read`, but that there is nothing is never taken from the cache: it may have come to be since, and must not seem
   * missing because Redis did not hear of it.
   */
  async readExisting(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    const cached = await this.read(id, load);
    if (cached.value !== undefined || cached.from === 'store') return cached;
    const loaded = await load();
    if (loaded.value !== undefined) await this.put(id, loaded);
    return { ...loaded, from: 'store' };
  }

  /** Stores a value that is known to be true; `false` where a later version stands, or Redis did not say. */
  async put(id: string, loaded: Loaded<V>, costMs = 0): Promise<boolean> {
    return isDone(await this.#fill(id, loaded, costMs));
  }

  /**
   * As `put`, by the writer that keeps cached values up to date: where Redis does not answer, the old value is dropped, at
   * once or before the next refresh. Until then, and at most for its TTL, readers may see it.
   */
  async refresh(id: string, loaded: Loaded<V>): Promise<boolean> {
    await this.#dropOutdated();
    return this.#orDrop(id, loaded.version, await this.#fill(id, loaded, 0));
  }

  /**
   * Counts on the figure of a value that is cached; see `INCREMENT`. Where Redis does not answer, the value is dropped as by
   * `refresh`. This process's memory keeps its copy, which expires within a second.
   */
  async increment(id: string, { count, about, firstVersion, version }: FigureChange): Promise<boolean> {
    await this.#dropOutdated();
    const args = [count, about, firstVersion, version].map(String);
    const answer = await this.#ask((commands) =>
      commands.eval<string[], number>(INCREMENT, [this.#kind.keyOf(id)], args),
    );
    return this.#orDrop(id, version, answer);
  }

  /** Drops a value. Only `version` and what is later may be cached from now on. */
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
    // A later version is there, which the next reader is to see.
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

  /** Whether a change was made; where its outcome is unknown, the value is dropped, or noted for the next drop. */
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
      // By the steps too: Redis may be slow, and the clock may stand still.
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

  /** The entry, unless it cannot be read or is to be refreshed early. */
  #decode(id: string, fields: readonly unknown[]): Cached<V> | undefined {
    const entry = decodeEntry(this.#kind, id, fields);
    if (!entry) return undefined;
    const { filledAt, costMs, ...loaded } = entry;
    return this.#isRefreshDue(filledAt, costMs) ? undefined : { ...loaded, from: 'l2' };
  }

  /**
   * Whether this reader is the one that refreshes a value before it expires: the likelier the nearer its end is and the
   * longer a load takes. Source: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention"
   * (2015).
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

  /** Asks Redis, and hands the counts that are due over in the same request. */
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
    // Where there is none, what was not found in it says nothing about it.
    if (due.length > 0 && reason !== 'not_configured') observe?.(this.#kind.name, due);
    // Neither that there is none nor that it is not known yet is an error of Redis.
    if (reason && reason !== 'not_configured' && reason !== 'address_unknown') this.#counters.count('errors');
    return answer;
  }
}

/** Whether Redis made the change: it answers 0 where a later version is there. */
function isDone(answer: Answer<number>): boolean {
  return answer.code === 'answered' && answer.value === 1;
}

/** Where the counts of all environments add up, per kind and UTC day. */
export function statsKey(kind: string, now: number): string {
  return `cache:stats:${kind}:${dateOf(now)}`;
}

/** Beside the entries, so that no user's id can name another one's lease. */
function leaseOf(key: string): string {
  return `lease:${key}`;
}
