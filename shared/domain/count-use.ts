import { type Counter, MAX_AMOUNT, recount } from './account.ts';

/**
 * Counting beyond exact JSON integers: `used` and `lifetime` are at most `MAX_AMOUNT`. The remainder is kept
 * exactly in `excess` and `closed`, so no total ever denies or is lost.
 */

/** Returns the units used in the counter's period. */
export function usedInAll({ used, excess = '0' }: Counter): bigint {
  return BigInt(used) + BigInt(excess);
}

/** Returns the units counted over all periods; never decreases. */
export function lifetimeInAll({ lifetime, closed = '0' }: Counter): bigint {
  return BigInt(lifetime) + BigInt(closed);
}

/** Caps a total at `MAX_AMOUNT`, which means "this many or more" in the API. */
export function shownTotal(total: bigint): number {
  return Math.min(Number(total), MAX_AMOUNT);
}

/** Adds `amount` to the units used in the counter's period. */
export function countUse(counter: Counter, amount: number): Counter {
  return countLifetime(withUsed(counter, usedInAll(counter) + BigInt(amount)), amount);
}

/** Subtracts `amount` from the units used, such as deleted bytes. Precondition: they are used. */
export function giveBack(counter: Counter, amount: number): Counter {
  return withUsed(counter, usedInAll(counter) - BigInt(amount));
}

/** Sets the units used to 0. */
export function clearUse(counter: Counter): Counter {
  return withUsed(counter, 0n);
}

/**
 * Adds `amount` to the lifetime total alone: the units were used in a closed period. Where the total exceeds
 * `MAX_AMOUNT`, `lifetime` restarts as low as it may (never below `used`), and `closed` keeps the rest.
 */
export function countLifetime(counter: Counter, amount: number): Counter {
  if (counter.lifetime <= MAX_AMOUNT - amount) {
    return { ...counter, lifetime: counter.lifetime + amount };
  }
  const lifetime = Math.max(counter.used, amount);
  const closed = lifetimeInAll(counter) + BigInt(amount) - BigInt(lifetime);
  return { ...counter, lifetime, closed: String(closed) };
}

/**
 * Whether one blind write can add `amount` to the counter's figures without any of them exceeding
 * ±`MAX_AMOUNT`.
 */
export function isCountable({ remaining, lifetime }: Counter, amount: number): boolean {
  return lifetime <= MAX_AMOUNT - amount && remaining >= amount - MAX_AMOUNT;
}

function withUsed({ excess: _, ...counter }: Counter, total: bigint): Counter {
  const used = shownTotal(total);
  const excess = total - BigInt(used);
  return recount({ ...counter, ...(excess > 0n && { excess: String(excess) }) }, { used });
}
