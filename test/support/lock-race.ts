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
  /** Parts of 1. Of acquisitions: the holder vanishes; it does not notice that its time is over. Of calls: the answer is lost. */
  readonly chance: { readonly crash: number; readonly overrun: number; readonly lostAnswer: number };
}

/** A lock in somebody's hands: from the answer until its release was asked for, or else its TTL ended. Nanoseconds. */
export interface Holding {
  readonly from: bigint;
  readonly to: bigint;
  readonly fence: number;
}

export interface RaceCounts {
  holdings: number;
  crashes: number;
  overruns: number;
  /** Lost to the TTL though the holder meant to be quick: the machine was busy. */
  stragglers: number;
  /** Writes of a holder inside its TTL, and how many the register refused: should be none. */
  writesInTime: number;
  writesInTimeRefused: number;
  /** Writes after the TTL and after somebody else's turn had begun, and how many the register refused: should be all. */
  writesTooLate: number;
  writesTooLateRefused: number;
  /** Gave up while others held the lock. */
  contended: number;
  /** Got no answer from Redis, or did not ask because its circuit was open. */
  unavailable: number;
}

export interface RaceResult {
  readonly counts: RaceCounts;
  readonly holdings: Holding[];
}

const BACKOFF = { baseMs: 50, capMs: 2_000 } as const;

/** The same clock in every thread and process of a machine. */
const clock = () => process.hrtime.bigint();

/** Workers fight for one lock, some of them badly. What they believe about it is written down, to be judged afterwards. */
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
      // As a caller that has nothing better to do: the circuit stays open for a while.
      if (silences > 0) await sleep(Math.random() * Math.min(BACKOFF.capMs, BACKOFF.baseMs * 2 ** silences));
    }
  };
  await Promise.all(Array.from({ length: race.workers }, worker));
  return result;
}

/** One try for the lock, and what comes of it. */
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
    // A process that came back to life: it writes what it was about to write.
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

/** Waits until its TTL is over, and writes if meanwhile somebody else had a turn, whatever number that one has. */
async function writeTooLate(race: LockRace, counts: RaceCounts, fence: number, turn: number): Promise<void> {
  await sleep(race.ttlMs * (1 + Math.random()));
  if (race.register.turns === turn) return;
  counts.writesTooLate += 1;
  if (!race.register.write(fence)) counts.writesTooLateRefused += 1;
}

/** What must not be: two holders at one time, and a later holder with a number that is not greater. */
export function judge(holdings: readonly Holding[]): { twoHolders: number; fencesOutOfOrder: number } {
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
