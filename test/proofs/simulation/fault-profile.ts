import type { Chance } from './chance.ts';

/**
 * The fate of one request to the store. `slow`: applied late, answered in time. `late`: applied after its
 * sender timed out. `lost`: never arrives, undetectably. `answer lost`, `server error`: applied. `dies
 * before`, `dies after`: the node ends, the request unsent or on its way. `frozen`: the node freezes until
 * long after the answer has arrived, with all its timers.
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
  | 'dies after'
  | 'frozen';

const KINDS: Readonly<Record<Exclude<Fate, 'fine' | 'frozen'>, number>> = {
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

/** The fault rates of a history. All shares are 0 … 1. */
export interface FaultProfile {
  /** Requests to the store that meet a fault. */
  readonly faults: number;
  /** Answers to callers that are lost. */
  readonly lostReplies: number;
  /** Batches of the stream that are delivered twice at once. */
  readonly doubledBatches: number;
  /** The projector's usual lag, ms. */
  readonly streamLagMs: number;
  /** While the projector is stopped, ms since the start. */
  readonly standstill: readonly [number, number] | undefined;
  /** Maximum delay of Stripe's webhooks, ms: so they are reordered. */
  readonly webhookLagMs: number;
  /** Events without any webhook, and events with two. */
  readonly lostWebhooks: number;
  readonly doubledWebhooks: number;
  /** Clocks deviate by at most half of this in either direction, so that two differ by at most this. */
  readonly skewMs: number;
  /** Maximum delay after the sender's timeout until a request is applied, ms. */
  readonly mostLateMs: number;
  /** Of the other requests, those during which the node freezes. */
  readonly freezes: number;
}

export const CALM: FaultProfile = {
  faults: 0,
  lostReplies: 0,
  doubledBatches: 0,
  streamLagMs: 200,
  standstill: undefined,
  webhookLagMs: 20,
  lostWebhooks: 0,
  doubledWebhooks: 0,
  skewMs: 0,
  mostLateMs: 800,
  freezes: 0,
};

/** A network that delivers hours late does so often. */
const LATER_KINDS = { ...KINDS, late: 8 };

export function fateOf({ faults, mostLateMs, freezes }: FaultProfile, chance: Chance): Fate {
  if (!chance.happens(faults)) return freezes > 0 && chance.happens(freezes) ? 'frozen' : 'fine';
  return chance.weighted(mostLateMs > CALM.mostLateMs ? LATER_KINDS : KINDS);
}

const HOUR_MS = 3_600_000;

/** For a history of `lengthMs`. */
export function chooseFaultProfile(chance: Chance, lengthMs: number): FaultProfile {
  const from = chance.int(0, lengthMs);
  return {
    ...CALM,
    faults: chance.pick([0, 0.02, 0.08, 0.2]),
    lostReplies: chance.pick([0, 0.05, 0.2]),
    doubledBatches: chance.pick([0, 0.1, 0.4]),
    streamLagMs: chance.pick([50, 300, 2_000, 8_000]),
    standstill: chance.happens(0.3) ? [from, from + chance.pick([10_000, 60_000, HOUR_MS])] : undefined,
    skewMs: chance.pick([0, 100, 1_000, 1_000]),
  };
}

/** The network's maximum delay: the service may assume nothing about it. */
export function chooseLateness(chance: Chance): Pick<FaultProfile, 'mostLateMs'> {
  return { mostLateMs: chance.pick([800, 20_000, HOUR_MS, HOUR_MS]) };
}

/** The faults between Stripe and the service. */
export function chooseWebhooks(
  chance: Chance,
): Pick<FaultProfile, 'webhookLagMs' | 'lostWebhooks' | 'doubledWebhooks'> {
  return {
    webhookLagMs: chance.pick([20, 300, 3_000, HOUR_MS]),
    lostWebhooks: chance.pick([0, 0.1, 0.5]),
    doubledWebhooks: chance.pick([0, 0.1, 0.4]),
  };
}

/** Whether nodes freeze between two awaits, as a Lambda environment may in the middle of a request. */
export function chooseFreezes(chance: Chance): Pick<FaultProfile, 'freezes'> {
  return { freezes: chance.happens(0.12) ? chance.pick([0.01, 0.04, 0.1]) : 0 };
}

/** How long a node is frozen, ms. */
export const FREEZES_MS = [1_500, 4_000, 12_000, 0.5 * HOUR_MS] as const;
