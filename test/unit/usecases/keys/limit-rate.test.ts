import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryCache } from '../../../../shared/adapters/cache/memory-cache.ts';
import { Unavailable } from '../../../../shared/domain/faults.ts';
import { type RateLimit, takeTokens } from '../../../../shared/domain/rate-limit.ts';
import type { KeyLease } from '../../../../shared/usecases/keys/key-lease.ts';
import { LEASE_CACHE, limitRate } from '../../../../shared/usecases/keys/limit-rate.ts';
import { excessOf, type FleetMember, type FleetRequest, runFleet } from '../../../support/rate-fleet.ts';

/** What environments admit beyond the rate and a burst: use of a lease, and clocks that differ. */
const SLACK_MS = 1_000;

/** Clocks differ by less than half a second; an answer takes less than 300 ms. */
const member: fc.Arbitrary<FleetMember> = fc.record({
  clockMs: fc.integer({ min: 0, max: 499 }),
  delaysMs: fc.tuple(fc.integer({ min: 0, max: 149 }), fc.integer({ min: 0, max: 149 })),
});

/** Bursts of requests to all environments, with pauses in which they are frozen. */
const requests = fc
  .array(
    fc.record({
      pauseMs: fc.integer({ min: 0, max: 3_000 }),
      gapMs: fc.integer({ min: 0, max: 4 }),
      members: fc.array(fc.nat(), { minLength: 10, maxLength: 150 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((bursts) => {
    let at = 0;
    return bursts.flatMap(({ pauseMs, gapMs, members }) => {
      const from = at + pauseMs;
      at = from + gapMs * members.length;
      return members.map((member, index): FleetRequest => ({ at: from + gapMs * index, member }));
    });
  });

/** Evenly spaced requests, each to the next environment. */
function steady(perSecond: number, seconds: number): FleetRequest[] {
  return Array.from({ length: perSecond * seconds }, (_, index) => ({
    at: (index * 1_000) / perSecond,
    member: index,
  }));
}

const fleetOf = (size: number): FleetMember[] =>
  Array.from({ length: size }, (_, index) => ({ clockMs: (index * 37) % 200, delaysMs: [2, 2] }));

describe('limitRate', () => {
  it('admits at most rate * (t + 1) + burst requests within any t seconds, in any number of environments', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(member, { minLength: 1, maxLength: 12 }),
        requests,
        async (requestsPerSecond, seconds, members, sent) => {
          const limit = { requestsPerSecond, burst: requestsPerSecond * seconds };
          const run = await runFleet(limit, members, sent);
          expect(run.admittedAt.length + run.rejected).toBe(sent.length);
          expect(excessOf(run, limit, SLACK_MS)).toBeLessThanOrEqual(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    [20, 1],
    [100, 3],
    [200, 12],
  ])('rejects nothing at nine tenths of %i requests a second in %i environments', async (rate, size) => {
    const run = await runFleet(
      { requestsPerSecond: rate, burst: rate },
      fleetOf(size),
      steady(0.9 * rate, 10),
    );
    expect(run.rejected).toBe(0);
  });

  it.each([
    [20, 1],
    [100, 3],
    [50, 30],
  ])(
    'admits the rate of %i to a caller who sends ten times as much to %i environments',
    async (rate, size) => {
      const seconds = 10;
      const run = await runFleet(
        { requestsPerSecond: rate, burst: rate },
        fleetOf(size),
        steady(10 * rate, seconds),
      );
      expect(run.admittedAt.length).toBeGreaterThan(0.95 * rate * seconds);
    },
  );

  it('asks the bucket for few of the requests of a busy environment, and of a rejected caller', async () => {
    const limit: RateLimit = { requestsPerSecond: 200, burst: 200 };
    const within = await runFleet(limit, fleetOf(3), steady(180, 10));
    expect(within.asks / 1_800).toBeLessThan(0.1);
    const beyond = await runFleet(limit, fleetOf(30), steady(2_000, 5));
    expect(beyond.asks / 10_000).toBeLessThan(0.1);
  });
});

describe('one environment', () => {
  const limit: RateLimit = { requestsPerSecond: 5, burst: 5 };

  /** An environment at a clock of the test, and the number of times that it asked. */
  function environment(fails = false) {
    const state = { now: 1_800_000_000_000, asks: 0, faults: 0, fails };
    const buckets = new Map<string, number>();
    const now = () => state.now;
    const deps = {
      now,
      leases: new MemoryCache<KeyLease>(LEASE_CACHE.capacity, LEASE_CACHE.ttlMs, now),
      onFault: () => {
        state.faults += 1;
      },
      rateBuckets: {
        async take(keyId: string, of: RateLimit, { wanted, now: askedAt }: { wanted: number; now: number }) {
          state.asks += 1;
          if (state.fails) throw new Unavailable('down');
          const grant = takeTokens(buckets.get(keyId) ?? 0, of, wanted, askedAt);
          buckets.set(keyId, grant.fullAt);
          return grant;
        },
      },
    };
    return { state, request: (keyId = 'key') => limitRate(deps, keyId, limit) };
  }

  it('rejects with the instant of the next token, and does not ask again before', async () => {
    const { state, request } = environment();
    for (let sent = 0; sent < 5; sent += 1) expect((await request()).code).toBe('admitted');
    const retryAt = state.now + 200;
    expect(await request()).toEqual({ code: 'rate_limited', retryAt });
    const { asks } = state;
    for (let sent = 0; sent < 50; sent += 1)
      expect(await request()).toEqual({ code: 'rate_limited', retryAt });
    expect(state.asks).toBe(asks);
    state.now = retryAt;
    expect((await request()).code).toBe('admitted');
  });

  it('counts each key by itself', async () => {
    const { request } = environment();
    for (let sent = 0; sent < 6; sent += 1) await request('noisy');
    expect((await request('noisy')).code).toBe('rate_limited');
    expect((await request('quiet')).code).toBe('admitted');
  });

  it('forfeits tokens that it has not used for half a second', async () => {
    const { state, request } = environment();
    // The second one leases a token more than it needs.
    for (const ms of [499, 500, 3_600_000]) {
      for (let sent = 0; sent < 2; sent += 1) await request();
      const { asks } = state;
      state.now += ms;
      await request();
      expect(state.asks - asks, `after ${ms} ms`).toBe(ms < 500 ? 0 : 1);
      state.now += 10_000;
    }
  });

  it('admits its whole rate by itself while the bucket does not answer, and asks again after a second', async () => {
    const { state, request } = environment(true);
    const second = async () => {
      const codes: string[] = [];
      for (let sent = 0; sent < 50; sent += 1) codes.push((await request()).code);
      return codes.filter((code) => code === 'admitted').length;
    };
    expect(await second()).toBe(5);
    expect(await request()).toEqual({ code: 'rate_limited', retryAt: state.now + 1_000 });
    expect(state).toMatchObject({ asks: 1, faults: 1 });
    state.now += 1_000;
    expect(await second()).toBe(5);
    expect(state).toMatchObject({ asks: 2, faults: 2 });
    state.fails = false;
    state.now += 1_000;
    expect(await second()).toBe(5);
    expect((await request('another')).code).toBe('admitted');
  });
});
