/**
 * How an account forgets operations without ever charging one twice, however late the network delivers a write.
 *
 * Every write carries `asOf`, the age of its knowledge: the time of its look at the operation record, the time of a
 * key that was made just now, or the arrival of a call without a key. An account has a floor, and the write's condition
 * `floor <= asOf` refuses knowledge that is older. A pruning at time T₀ (the pruner's clock) settles the operations that it
 * sees; a caller's key only when it sees its record, and its own time is before `T₀ + clockSkewMs`. The next pruning, at T₁,
 * raises the floor above T₀ and forgets them.
 *
 * ```
 * accepted ─▶ record written ─▶ pruning T₀: settled ─▶ pruning T₁ ≥ T₀ + pruneEveryMs: forgotten
 *                                          floor = T₁ − floorLagMs ≥ T₀ + clockSkewMs
 * ```
 *
 * A write that could repeat a forgotten operation knows less than the floor: its call without a key arrived before T₀; its look missed
 * the record, so it was made before T₀; its key, used without a look, is dated before `T₀ + clockSkewMs`.
 */
export const DEDUPE_WINDOW = {
  /** A time-ordered key at most this old needs no look at the record. */
  freshMs: 1_000,
  /** A time-ordered key dated at most this far ahead counts as made now. */
  aheadMs: 2_000,
  /** Clocks of this service's own functions differ by at most this much, with a margin: half a second is assumed. */
  clockSkewMs: 1_000,
  /** A request stops trying to write this long after its arrival. */
  budgetMs: 2_000,
  /** How far the floor stays behind the clock of the function that raises it, so that calls under way are not refused. */
  floorLagMs: 3_000,
  /** The floor rises by at least this much at a time. */
  pruneEveryMs: 4_000,
  /** How many operations an account remembers at once before a writer has to prune it. */
  room: 1_024,
  /** The projector leaves an account alone that has no more than this to prune. */
  pruneAbove: 7,
} as const;

/** The inequalities that the constants have to satisfy. */
export function closesTheWindow(window: Record<keyof typeof DEDUPE_WINDOW, number>): boolean {
  const { budgetMs, clockSkewMs, floorLagMs, pruneEveryMs } = window;
  const refusesNoLiveCall = budgetMs + clockSkewMs <= floorLagMs;
  const outlivesEveryMissedRecord = floorLagMs + clockSkewMs <= pruneEveryMs;
  return refusesNoLiveCall && outlivesEveryMissedRecord;
}

/** The floor to which a pruning at `now` (epoch ms) raises an account's, or `undefined` when it is too soon for one. */
export function nextFloor(floor: number, now: number): number | undefined {
  const next = now - DEDUPE_WINDOW.floorLagMs;
  return next - floor >= DEDUPE_WINDOW.pruneEveryMs ? next : undefined;
}
