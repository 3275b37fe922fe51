import { type Counter, MAX_AMOUNT, recount } from './account.ts';

/**
 * Counting without a wall: `used` and `lifetime` are numbers that every JSON reader keeps exact, at most `MAX_AMOUNT`. What
 * goes beyond is kept exactly in `excess` and `closed`, so no total ever denies or is lost.
 */

/** Units used in the counter's period. */
export function usedInAll({ used, excess = '0' }: Counter): bigint {
  return BigInt(used) + BigInt(excess);
}

/** Units ever counted, over all periods; never goes down. */
export function lifetimeInAll({ lifetime, closed = '0' }: Counter): bigint {
  return BigInt(lifetime) + BigInt(closed);
}

/** A total as callers see it: itself, or `MAX_AMOUNT`, which says "this many or more". */
export function shownTotal(total: bigint): number {
  return Math.min(Number(total), MAX_AMOUNT);
}

/** The counter with `amount` more units used in its period. */
export function countUse(counter: Counter, amount: number): Counter {
  return countLifetime(withUsed(counter, usedInAll(counter) + BigInt(amount)), amount);
}

/** The counter with `amount` fewer units used, such as bytes that were deleted. The caller has made sure that they are used. */
export function giveBack(counter: Counter, amount: number): Counter {
  return withUsed(counter, usedInAll(counter) - BigInt(amount));
}

/** The counter with nothing used. */
export function clearUse(counter: Counter): Counter {
  return withUsed(counter, 0n);
}

/**
 * The counter with `amount` more units in its lifetime total alone: they were used in a period that is closed. Where the
 * total passes `MAX_AMOUNT`, `lifetime` begins again, as low as it may (never below `used`), and `closed` keeps the rest.
 */
export function countLifetime(counter: Counter, amount: number): Counter {
  if (counter.lifetime <= MAX_AMOUNT - amount) {
    return { ...counter, lifetime: counter.lifetime + amount };
  }
  const lifetime = Math.max(counter.used, amount);
  const closed = lifetimeInAll(counter) + BigInt(amount) - BigInt(lifetime);
  return { ...counter, lifetime, closed: String(closed) };
}

/** Whether one blind write can add `amount` to the counter's figures: none of them passes ±`MAX_AMOUNT` by it. */
export function isCountable({ remaining, lifetime }: Counter, amount: number): boolean {
  return lifetime <= MAX_AMOUNT - amount && remaining >= amount - MAX_AMOUNT;
}

function withUsed({ excess: _, ...counter }: Counter, total: bigint): Counter {
  const used = shownTotal(total);
  const excess = total - BigInt(used);
  return recount({ ...counter, ...(excess > 0n && { excess: String(excess) }) }, { used });
}
