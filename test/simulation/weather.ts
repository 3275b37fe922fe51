import type { Chance } from './chance.ts';

/**
 * What becomes of one request to the store. `slow`: applied late, answered in time. `late`: applied after its sender gave
 * up. `lost`: never arrives, and nobody can tell. `answer lost`, `server error`: applied. `dies before`, `dies after`: the
 * node ends, the request unsent or on its way.
 */
export type Fate =
  | 'fine'
  | 'slow'
  | 'late'
  | 'lost'
  | 'answer lost'
  | 'server error'
  | 'refused'
  | 'throttled'
  | 'conflict'
  | 'dies before'
  | 'dies after';

const KINDS: Readonly<Record<Exclude<Fate, 'fine'>, number>> = {
  slow: 4,
  late: 2,
  lost: 1,
  'answer lost': 3,
  'server error': 1,
  refused: 1,
  throttled: 2,
  conflict: 1,
  'dies before': 1,
  'dies after': 2,
};

/** How bad it is. All shares are 0 … 1. */
export interface Weather {
  /** Requests to the store that meet a fate. */
  readonly faults: number;
  /** Answers to callers that get lost on the way. */
  readonly lostReplies: number;
  /** Batches of the stream that come twice at once. */
  readonly doubledBatches: number;
  /** How late the projector usually is, ms. */
  readonly streamLagMs: number;
  /** While the projector stands still, ms since the start. */
  readonly standstill: readonly [number, number] | undefined;
  /** Clocks go wrong by at most half of this in either direction, so that two differ by at most this. */
  readonly skewMs: number;
}

export const CALM: Weather = {
  faults: 0,
  lostReplies: 0,
  doubledBatches: 0,
  streamLagMs: 200,
  standstill: undefined,
  skewMs: 0,
};

export function fateOf(weather: Weather, chance: Chance): Fate {
  return chance.happens(weather.faults) ? chance.weighted(KINDS) : 'fine';
}
