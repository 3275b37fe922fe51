/**
 * How long an account remembers the operations it accepted, and why that is long enough.
 *
 * ```
 * key made   request reads the record   …writes, at most budget after its arrival
 *    |  fresh  |--------------------------------|
 * accepted elsewhere ──▶ in the account ──▶ record written ──▶ + retention: leaves the account
 * ```
 *
 * A request may skip the read when its key was made at most `freshMs` ago: an earlier acceptance is then at most
 * `freshMs + clockSkewMs` old. It writes at most `budgetMs` after its arrival. Both together stay below
 * `retentionMs`, so at the moment of the write an accepted key is in the account or was found in the record.
 */
export const DEDUPE_WINDOW = {
  /** A time-ordered key younger than this needs no look at the record. */
  freshMs: 1_000,
  /** Clocks of callers, functions and the projector differ by at most this much. */
  clockSkewMs: 1_000,
  /** A request stops trying to write this long after its arrival. */
  budgetMs: 2_000,
  /** An operation stays in the account this long after its ledger entry and record were written. */
  retentionMs: 5_000,
  /** How many operations an account remembers at once before a writer has to make room. */
  room: 1_024,
  /** The projector leaves an account alone that remembers no more than this. */
  tidyAbove: 8,
} as const;

/** The inequality that the constants have to satisfy. */
export function closesTheWindow(window: Record<keyof typeof DEDUPE_WINDOW, number>): boolean {
  return window.freshMs + window.clockSkewMs + window.budgetMs < window.retentionMs;
}
