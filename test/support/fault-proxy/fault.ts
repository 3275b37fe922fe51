/**
 * The fate of a request.
 *
 * Not forwarded, so not applied: `dropped` (no answer, ever), `reset before`, `error before` (500),
 * `throttled`, `conflict`. Forwarded and applied, and then: `late` (answered after a delay), `silent after`
 * (no answer, ever), `reset after`, `error after` (500), `truncated` (the connection ends within the answer),
 * `malformed` (an unreadable answer).
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

/** Applied, with a lost answer, without the wait for a timeout. */
export const LOST_ANSWERS = ['reset after', 'error after', 'truncated', 'malformed'] as const;

/** A request at the proxy. */
export interface IncomingRequest {
  /** 1 for the first request since the proxy was started. */
  readonly number: number;
  /** The requested operation: `UpdateItem`, `SET`, `GET /v1/subscriptions`. */
  readonly operation: string;
  /** The written partition keys, with the write units of each; empty for reads. */
  readonly writes: ReadonlyMap<string, number>;
}

/** Decides each request's fault; `undefined`: it is forwarded, and its answer returned. */
export type FaultPlan = (request: IncomingRequest) => Fault | undefined;

export const NO_FAULTS: FaultPlan = () => undefined;
