/**
 * Constants of the dedupe window: an account forgets operations without charging any twice, however late the
 * network delivers a write.
 *
 * Every write carries `asOf`, the age of its knowledge: the time of the look-up of the operation record, the
 * time of a fresh key, or the arrival of a call without a key. An account has a floor, and the write's
 * condition `floor <= asOf` rejects older knowledge. A pruning at time T₀ (the pruner's clock) settles the
 * operations that it sees; a caller's key only if its record exists and its own time is before `T₀ +
 * clockSkewMs`. The next pruning, at T₁, raises the floor above T₀ and forgets them.
 *
 * ```
 * accepted ─▶ record written ─▶ pruning T₀: settled ─▶ pruning T₁ ≥ T₀ + pruneEveryMs: forgotten
 *                                          floor = T₁ − floorLagMs ≥ T₀ + clockSkewMs
 * ```
 *
 * A write that could repeat a forgotten operation has an `asOf` below the floor: a call without a key arrived
 * before T₀; a look-up that missed the record was made before T₀; a key used without a look-up is dated
 * before `T₀ + clockSkewMs`.
 */
export const DEDUPE_WINDOW = {
  /** A time-ordered key at most this old needs no look-up of the record. */
  freshMs: 1_000,
  /** A time-ordered key dated at most this far ahead counts as made now. */
  aheadMs: 2_000,
  /**
   * Clocks of this service's own functions differ by at most this much, with a margin: half a second is
   * assumed.
   */
  clockSkewMs: 1_000,
  /** A request stops its attempts to write this long after its arrival. */
  budgetMs: 2_000,
  /**
   * How far the floor stays behind the clock of the function that raises it, so that calls in flight are not
   * rejected.
   */
  floorLagMs: 3_000,
  /** The floor rises by at least this much at a time. */
  pruneEveryMs: 4_000,
  /** Operations that an account remembers at most; beyond, a writer has to prune it first. */
  room: 1_024,
  /** The projector skips accounts with at most this many operations to prune. */
  pruneAbove: 7,
} as const;

/** Whether the constants satisfy the inequalities that the proof needs. */
export function closesTheWindow(window: Record<keyof typeof DEDUPE_WINDOW, number>): boolean {
  const { budgetMs, clockSkewMs, floorLagMs, pruneEveryMs } = window;
  const refusesNoLiveCall = budgetMs + clockSkewMs <= floorLagMs;
  const outlivesEveryMissedRecord = floorLagMs + clockSkewMs <= pruneEveryMs;
  return refusesNoLiveCall && outlivesEveryMissedRecord;
}

/** Returns the new floor of a pruning at `now` (epoch ms); `undefined` when it is too early for one. */
export function nextFloor(floor: number, now: number): number | undefined {
  const next = now - DEDUPE_WINDOW.floorLagMs;
  return next - floor >= DEDUPE_WINDOW.pruneEveryMs ? next : undefined;
}
