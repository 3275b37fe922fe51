import { MemoryCache } from '../../shared/adapters/cache/memory-cache.ts';
import { type RateLimit, takeTokens } from '../../shared/domain/rate-limit.ts';
import type { KeyLease } from '../../shared/usecases/keys/key-lease.ts';
import { LEASE_CACHE, type LimitRateDeps, limitRate } from '../../shared/usecases/keys/limit-rate.ts';

/** One environment of a fleet. */
export interface FleetMember {
  /** Its clock's error, in ms. */
  readonly clockMs: number;
  /** Until its write reaches the bucket, and until it has the answer, in ms. */
  readonly delaysMs: readonly [number, number];
}

export interface FleetRun {
  /** Virtual times at which requests were admitted, in order (ms). */
  readonly admittedAt: readonly number[];
  readonly rejected: number;
  /** Writes to the bucket. */
  readonly asks: number;
}

/** A request of the key at a virtual time, sent to one environment. */
export interface FleetRequest {
  readonly at: number;
  readonly member: number;
}

const KEY = 'a'.repeat(64);

/**
 * Sends requests of one key to many environments in virtual time. They share a bucket in memory, which takes
 * one write after the other as a table does; their clocks differ, and writes and answers take time.
 */
export async function runFleet(
  limit: RateLimit,
  members: readonly FleetMember[],
  requests: readonly FleetRequest[],
): Promise<FleetRun> {
  const agenda = new Agenda();
  let fullAt = 0;
  let asks = 0;
  const fleet = members.map(({ clockMs, delaysMs: [there, back] }): LimitRateDeps => {
    const now = () => Math.floor(agenda.time + clockMs);
    return {
      now,
      leases: new MemoryCache<KeyLease>(LEASE_CACHE.capacity, LEASE_CACHE.ttlMs, now),
      onFault: (error) => {
        throw error;
      },
      rateBuckets: {
        async take(_keyId, limitOfKey, { wanted, now: askedAt }) {
          asks += 1;
          await agenda.after(there);
          const grant = takeTokens(fullAt, limitOfKey, wanted, askedAt);
          fullAt = grant.fullAt;
          await agenda.after(back);
          return grant;
        },
      },
    };
  });
  const admittedAt: number[] = [];
  let rejected = 0;
  for (const { at, member } of requests) {
    agenda.plan(at, async () => {
      const deps = fleet[member % fleet.length];
      if (!deps) throw new Error('an empty fleet');
      const { code } = await limitRate(deps, KEY, limit);
      if (code === 'admitted') admittedAt.push(agenda.time);
      else rejected += 1;
    });
  }
  await agenda.run();
  return { admittedAt, rejected, asks };
}

/** Runs actions in the order of their virtual times. */
class Agenda {
  time = 0;
  #actions: { readonly at: number; readonly act: () => unknown }[] = [];

  plan(at: number, act: () => unknown): void {
    const index = this.#actions.findIndex((action) => action.at > at);
    this.#actions.splice(index < 0 ? this.#actions.length : index, 0, { at, act });
  }

  after(ms: number): Promise<void> {
    return new Promise((resolve) => this.plan(this.time + ms, resolve));
  }

  async run(): Promise<void> {
    for (let next = this.#actions.shift(); next; next = this.#actions.shift()) {
      this.time = next.at;
      const acted = next.act();
      // What the action awaits is either planned by then, or done.
      await new Promise(setImmediate);
      if (acted instanceof Promise) acted.catch(() => {});
    }
  }
}

/** The busiest window: how many more were admitted than the rate allows, beside a burst. */
export function excessOf(
  { admittedAt }: FleetRun,
  { requestsPerSecond, burst }: RateLimit,
  slackMs: number,
): number {
  let excess = Number.NEGATIVE_INFINITY;
  for (const [first, from] of admittedAt.entries()) {
    for (let last = first; last < admittedAt.length; last += 1) {
      const ms = (admittedAt[last] ?? 0) - from + slackMs;
      excess = Math.max(excess, last - first + 1 - burst - (requestsPerSecond * ms) / 1_000);
    }
  }
  return excess;
}
