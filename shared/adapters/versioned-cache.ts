import { randomUUID } from 'node:crypto';
import { CacheCounters, type CacheCounts } from './cache-counters.ts';
import { DROP, ENTRY_FIELDS, FILL, INCREMENT, LOOK_UP } from './cache-scripts.ts';
import { MemoryCache } from './memory-cache.ts';
import type { Redis, RedisCommands } from './redis.ts';

/** One kind of cached data: where it stands, how long, and as what. */
export interface CacheKind<V> {
  readonly name: string;
  readonly keyOf: (id: string) => string;
  readonly ttlMs: number;
  /** To and from what JSON can hold. */
  readonly encode: (value: V) => unknown;
  readonly decode: (data: unknown) => V;
}

/** What a load found. `value: undefined` with version 0 says that there is nothing yet, which is worth caching too. */
export interface Loaded<V> {
  readonly value: V | undefined;
  readonly version: number;
  /** When it was true for sure (epoch ms). */
  readonly asOf: number;
  /** A number that belongs to the value and is counted on while it is cached, and what it is about. */
  readonly figure?: Figure;
}

export interface Figure {
  readonly about: string;
  readonly count: number;
}

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
}

const L1_TTL_MS = 1_000;
const L1_CAPACITY = 5_000;
/** A filler that has not filled by then is taken for dead. */
const LEASE_MS = 1_000;
const WAIT_STEP_MS = 25;
const WAIT_STEPS = 8;
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
    if (underWay) return underWay;
    const flight = this.#readThrough(id, load).finally(() => this.#flights.delete(id));
    this.#flights.set(id, flight);
    return flight;
  }

  /** Which of the values are cached, in one round trip. */
  async peekMany(ids: readonly string[]): Promise<Map<string, Cached<V>>> {
    const answer = await this.#deps.redis.ask((commands) =>
      Promise.all(ids.map((id) => commands.hmget(this.#kind.keyOf(id), ...ENTRY_FIELDS))),
    );
    const found = new Map<string, Cached<V>>();
    if (answer.code === 'no_answer') {
      this.#counters.count('errors');
      return found;
    }
    answer.value.forEach((fields, index) => {
      const entry = fields && this.#decode(ENTRY_FIELDS.map((field) => fields[field]));
      const id = ids[index];
      if (entry && id !== undefined) found.set(id, entry);
      this.#counters.count(entry ? 'l2Hits' : 'misses');
    });
    return found;
  }

  /** Stores a value that is known to be true; `false` where a later version stands, or Redis did not say. */
  async put(id: string, loaded: Loaded<V>, costMs = 0): Promise<boolean> {
    this.#remember(id, loaded);
    const { keyOf, ttlMs, encode } = this.#kind;
    const text = loaded.value === undefined ? 'null' : JSON.stringify(encode(loaded.value));
    const filledAt = this.#deps.now();
    const { count, about } = loaded.figure ?? { count: 0, about: '' };
    const args = [loaded.version, text, loaded.asOf, filledAt, costMs, ttlMs, count, about].map(String);
    const answer = await this.#deps.redis.ask((commands) =>
      commands.eval<string[], number>(FILL, [keyOf(id), leaseOf(keyOf(id))], args),
    );
    this.#counters.count(answer.code === 'answered' ? 'fills' : 'errors');
    return answer.code === 'answered' && answer.value === 1;
  }

  /**
   * Counts on the figure of a value that is cached; see `INCREMENT`. This process's memory keeps what it has: it forgets
   * within a second.
   */
  async increment(id: string, { count, about, firstVersion, version }: FigureChange): Promise<boolean> {
    const args = [count, about, firstVersion, version].map(String);
    const answer = await this.#deps.redis.ask((commands) =>
      commands.eval<string[], number>(INCREMENT, [this.#kind.keyOf(id)], args),
    );
    if (answer.code === 'no_answer') this.#counters.count('errors');
    return answer.code === 'answered' && answer.value === 1;
  }

  /** Drops a value. Only `version` and what is later may be cached from now on. */
  async drop(id: string, version: number): Promise<void> {
    this.#memory.delete(id);
    const { keyOf, ttlMs } = this.#kind;
    const answer = await this.#deps.redis.ask((commands) =>
      commands.eval<string[], number>(DROP, [keyOf(id)], [String(version), String(ttlMs)]),
    );
    if (answer.code === 'no_answer') this.#counters.count('errors');
  }

  async #readThrough(id: string, load: () => Promise<Loaded<V>>): Promise<Cached<V>> {
    for (let step = 0; ; step += 1) {
      const found = await this.#lookUp(id);
      if (typeof found === 'object') return found;
      if (found === 'wait' && step < WAIT_STEPS) {
        await this.#deps.sleep(WAIT_STEP_MS);
        continue;
      }
      return this.#load(id, load, found !== 'no_answer');
    }
  }

  async #load(id: string, load: () => Promise<Loaded<V>>, mayFill: boolean): Promise<Cached<V>> {
    const startedAt = this.#deps.now();
    const loaded = await load();
    this.#counters.count('misses');
    if (mayFill) await this.put(id, loaded, this.#deps.now() - startedAt);
    else this.#remember(id, loaded);
    return { ...loaded, from: 'store' };
  }

  async #lookUp(id: string): Promise<Found<V>> {
    const key = this.#kind.keyOf(id);
    const lease = [randomUUID(), String(LEASE_MS)];
    const answer = await this.#deps.redis.ask(async (commands) => {
      // Sent together: one request.
      const [entry] = await Promise.all([
        commands.eval<string[], (string | null)[]>(LOOK_UP, [key, leaseOf(key)], lease),
        this.#handOverCounts(commands),
      ]);
      return entry;
    });
    if (answer.code === 'no_answer') {
      this.#counters.count('errors');
      return 'no_answer';
    }
    const [first] = answer.value;
    if (first === 'fill' || first === 'wait') return first;
    const entry = this.#decode(answer.value);
    if (!entry) return 'fill';
    this.#counters.count('l2Hits');
    this.#remember(id, entry);
    return entry;
  }

  /** The entry, unless it cannot be read or is to be refreshed early. */
  #decode(fields: readonly unknown[]): Cached<V> | undefined {
    const [version, text, asOf, filledAt, costMs, count, about] = fields;
    if (typeof text !== 'string' || this.#isRefreshDue(Number(filledAt), Number(costMs))) return undefined;
    try {
      const data: unknown = JSON.parse(text);
      const value = data === null ? undefined : this.#kind.decode(data);
      const figure = { count: Number(count), about: String(about) };
      return { value, version: Number(version), asOf: Number(asOf), figure, from: 'l2' };
    } catch {
      return undefined;
    }
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

  #remember(id: string, loaded: Loaded<V>): void {
    const standing = this.#memory.get(id);
    if (!standing || standing.version <= loaded.version) this.#memory.set(id, loaded);
  }

  async #handOverCounts(commands: RedisCommands): Promise<void> {
    const now = this.#deps.now();
    const due = this.#counters.takeDue(now);
    if (due.length === 0) return;
    const key = statsKey(this.#kind.name, now);
    await Promise.all([
      ...due.map(([name, count]) => commands.hincrby(key, name, count)),
      commands.pexpire(key, STATS_TTL_MS),
    ]);
  }
}

/** Where the counts of all environments add up, per kind and UTC day. */
export function statsKey(kind: string, now: number): string {
  return `cache:stats:${kind}:${new Date(now).toISOString().slice(0, 10)}`;
}

/** Beside the entries, so that no user's id can name another one's lease. */
function leaseOf(key: string): string {
  return `lease:${key}`;
}
