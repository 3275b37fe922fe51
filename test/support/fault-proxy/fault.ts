/**
 * What becomes of a request.
 *
 * Not passed on, so not applied: `dropped` (no answer, ever), `reset before`, `error before` (500), `throttled`, `conflict`.
 * Passed on and applied, and then: `late` (answered after a delay), `silent after` (no answer, ever), `reset after`,
 * `error after` (500), `truncated` (the connection ends within the answer), `malformed` (an answer nobody can read).
 */
export const FAULTS = [
  'dropped',
  'reset before',
  'error before',
  'throttled',
  'conflict',
  'late',
  'silent after',
  'reset after',
  'error after',
  'truncated',
  'malformed',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Faults after which the request has been applied. */
export const APPLIED: readonly Fault[] = FAULTS.slice(FAULTS.indexOf('late'));

/** Applied, and nobody hears of it, without the wait for a timeout. */
export const LOST_ANSWERS = ['reset after', 'error after', 'truncated', 'malformed'] as const;

/** A request as the proxy sees it. */
export interface SeenRequest {
  /** 1 for the first request since the proxy was started. */
  readonly number: number;
  /** What is asked for: `UpdateItem`, `SET`, `GET /v1/subscriptions`. */
  readonly operation: string;
  /** Partition keys that it writes, with the write units that each costs; empty for reads. */
  readonly writes: ReadonlyMap<string, number>;
}

/** Decides each request's fault; `undefined`: it is passed on, and its answer passed back. */
export type FaultPlan = (request: SeenRequest) => Fault | undefined;

export const NO_FAULTS: FaultPlan = () => undefined;
