import { setTimeout as sleep } from 'node:timers/promises';
import { RedisLock } from '../../shared/adapters/lock/redis-lock.ts';
import type { Redis } from '../../shared/adapters/redis/redis.ts';
import type { FencedRegister } from './fenced-register.ts';
import { losingAnswers } from './losing-answers.ts';

export interface LockRace {
  readonly redis: Redis;
  readonly resource: string;
  readonly register: FencedRegister;
  readonly workers: number;
  readonly durationMs: number;
  readonly ttlMs: number;
  /**
   * Probabilities. Per acquisition: the holder vanishes; it overruns its time. Per call: the answer is lost.
   */
  readonly chance: { readonly crash: number; readonly overrun: number; readonly lostAnswer: number };
}

/** A held lock: from the answer until its release was requested, or else its TTL ended. Nanoseconds. */
export interface Holding {
  readonly from: bigint;
  readonly to: bigint;
  readonly fence: number;
}

export interface RaceCounts {
  holdings: number;
  crashes: number;
  overruns: number;
  /** Lost to the TTL though the holder was to be quick: the machine was busy. */
  stragglers: number;
  /** Writes of a holder inside its TTL, and the refused ones: must be none. */
  writesInTime: number;
  writesInTimeRefused: number;
  /** Writes after the TTL and after another holder's turn had begun, and the refused ones: must be all. */
  writesTooLate: number;
  writesTooLateRefused: number;
  /** Gave up while others held the lock. */
  contended: number;
  /** Got no answer from Redis, or skipped the call because the circuit was open. */
  unavailable: number;
}

export interface RaceResult {
  readonly counts: RaceCounts;
  readonly holdings: Holding[];
}

const BACKOFF = { baseMs: 50, capMs: 2_000 } as const;

/** The same clock in every thread and process of a machine. */
const clock = () => process.hrtime.bigint();

/**
 * Workers compete for one lock, some of them faulty. Their views of it are recorded, and checked afterwards.
 */
export async function runLockRace(race: LockRace): Promise<RaceResult> {
  const until = performance.now() + race.durationMs;
  const result: RaceResult = {
    holdings: [],
    counts: {
      holdings: 0,
      crashes: 0,
      overruns: 0,
      stragglers: 0,
      writesInTime: 0,
      writesInTimeRefused: 0,
      writesTooLate: 0,
      writesTooLateRefused: 0,
      contended: 0,
      unavailable: 0,
    },
  };
  const worker = async () => {
    let silences = 0;
    while (performance.now() < until) {
      silences = (await takeTurn(race, result)) === 'unavailable' ? silences + 1 : 0;
      // Like an idle caller: the circuit stays open for a while.
      if (silences > 0) await sleep(Math.random() * Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** silences));
    }
  };
  await Promise.all(Array.from({ length: race.workers }, worker));
  return result;
}

/** One try for the lock, and its outcome. */
async function takeTurn(race: LockRace, result: RaceResult): Promise<'held' | 'contended' | 'unavailable'> {
  const { resource, ttlMs, chance } = race;
  const redis = losingAnswers(race.redis, () => Math.random() < chance.lostAnswer);
  const lock = new RedisLock({ redis }, resource, { ttlMs, retries: 1_000, maxWaitMs: 2_000 });
  const acquisition = await lock.acquire();
  if (acquisition.code !== 'acquired') {
    result.counts[acquisition.code] += 1;
    return acquisition.code;
  }
  await hold(race, result, lock, acquisition.fence);
  return 'held';
}

async function hold(
  race: LockRace,
  { counts, holdings }: RaceResult,
  lock: RedisLock,
  fence: number,
): Promise<void> {
  const { register, chance } = race;
  const from = clock();
  const end = from + BigInt(Math.floor(lock.remainingMs * 1e6));
  const ended = (to: bigint) => holdings.push({ from, to: to < end ? to : end, fence });
  const writeInTime = (): boolean => {
    if (lock.remainingMs === 0) return false;
    counts.writesInTime += 1;
    if (!register.write(fence)) counts.writesInTimeRefused += 1;
    return true;
  };
  counts.holdings += 1;
  if (!writeInTime()) {
    counts.stragglers += 1;
    await lock.release();
    return;
  }
  const turn = register.countTurn();

  const fate = Math.random();
  if (fate < chance.crash) {
    counts.crashes += 1;
    ended(end);
    // A process that resumes late: it completes its pending write.
    await writeTooLate(race, counts, fence, turn);
    return;
  }
  if (fate < chance.crash + chance.overrun) {
    counts.overruns += 1;
    ended(end);
    await writeTooLate(race, counts, fence, turn);
    await lock.release();
    return;
  }
  await sleep(Math.random() * 10);
  if (!writeInTime()) counts.stragglers += 1;
  ended(clock());
  await lock.release();
}

/** Waits until its TTL is over, and writes if another holder had a turn meanwhile, whatever its number. */
async function writeTooLate(race: LockRace, counts: RaceCounts, fence: number, turn: number): Promise<void> {
  await sleep(race.ttlMs * (1 + Math.random()));
  if (race.register.turns === turn) return;
  counts.writesTooLate += 1;
  if (!race.register.write(fence)) counts.writesTooLateRefused += 1;
}

/** Forbidden: two holders at one time, and a later holder without a greater number. */
export function checkHoldings(holdings: readonly Holding[]): {
  twoHolders: number;
  fencesOutOfOrder: number;
} {
  const inOrder = [...holdings].sort((a, b) => Number(a.from - b.from));
  let twoHolders = 0;
  let fencesOutOfOrder = 0;
  for (const [index, { from, fence }] of inOrder.entries()) {
    const previous = inOrder[index - 1];
    if (!previous) continue;
    if (from < previous.to) twoHolders += 1;
    if (fence <= previous.fence) fencesOutOfOrder += 1;
  }
  return { twoHolders, fencesOutOfOrder };
}
