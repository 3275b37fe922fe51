import type { Amounts } from '../../../shared/domain/account.ts';
import type { Allowance } from '../../../shared/domain/plan.ts';
import { plainPeriod, weightedIntervals } from './calendar.ts';
import { Chance } from './chance.ts';
import { withEditAtRollover } from './edit-at-rollover.ts';
import { chooseFaultProfile, chooseFreezes, chooseLateness, type FaultProfile } from './fault-profile.ts';
import { withHugeAmounts } from './huge-amounts.ts';
import type { StripeAction } from './stripe/stripe-action.ts';
import { writeStripe } from './stripe/stripe-acts.ts';
import { writeAction } from './write-action.ts';
import { writeConfirms } from './write-confirms.ts';
import { writePlan } from './write-plan.ts';

/** A request or an external action. `of`: the number of the act that made the reservation. */
export type Action =
  | { readonly verb: 'consume'; readonly amounts: Amounts }
  | { readonly verb: 'check'; readonly amounts: Amounts; readonly consistent: boolean }
  | { readonly verb: 'reserve'; readonly amounts: Amounts; readonly ttlSeconds: number }
  | { readonly verb: 'settle'; readonly of: number; readonly amount: number | null }
  | { readonly verb: 'release'; readonly amounts: Amounts }
  | { readonly verb: 'grant'; readonly feature: string; readonly amount: number }
  | { readonly verb: 'reset'; readonly features: readonly string[] | undefined }
  | { readonly verb: 'set plan'; readonly planId: string; readonly timeZone: string | undefined }
  | {
      readonly verb: 'edit plan';
      readonly planId: string;
      readonly allowances: readonly Allowance[];
      /** Whether the plan names a price that no plan had. */
      readonly isOddNamed?: boolean;
    }
  | { readonly verb: 'sweep' }
  | ({ readonly verb: 'at Stripe' } & StripeAction)
  | { readonly verb: 'sync'; readonly isFull: boolean };

/**
 * Whether the caller brings a key, and its form: time-ordered ones are not looked up while they are fresh.
 * The odd ones look like a form with a time, and are dated up to a minute ahead, at random, or look like a
 * minted id.
 */
export type KeyForm = 'none' | 'own' | 'uuid v7' | 'ulid' | OddKey;
export const ODD_KEYS = [
  'uuid v7 ahead',
  'uuid v7 at random',
  'like minted',
  'like minted ahead',
  'like minted in 1970',
] as const;
export type OddKey = (typeof ODD_KEYS)[number];

/** One scheduled action. */
export interface Act {
  readonly number: number;
  /** Its time, ms since the start. */
  readonly afterMs: number;
  readonly userId: string;
  readonly action: Action;
  readonly key: KeyForm;
  /** How long the caller waits for an answer before it retries, ms; `undefined`: it gives up. */
  readonly patienceMs: number | undefined;
  /** Whether the request reaches the service twice at once. */
  readonly isDoubled: boolean;
  /** The delay of a repetition after the answer, ms. */
  readonly againAfterMs: number | undefined;
}

/** One life of the service. Everything in it follows from the seed. */
export interface Script {
  readonly seed: number;
  readonly startAt: number;
  readonly plans: Readonly<Record<string, readonly Allowance[]>>;
  readonly nodes: number;
  readonly faultProfile: FaultProfile;
  /** Maximum of operations that an account remembers, and how many are never pruned. */
  readonly room: { readonly room: number; readonly pruneAbove: number };
  readonly acts: readonly Act[];
  /** Whether alerts and events have receivers. */
  readonly isReceived: boolean;
  /** Marks of acts, or `stream`, whose requests to the store meet no fault. */
  readonly spared: readonly string[];
}

const ROOMS = [
  { room: 1_024, pruneAbove: 7 },
  { room: 1_024, pruneAbove: 1 },
  { room: 14, pruneAbove: 1 },
  { room: 7, pruneAbove: 1 },
] as const;
/** Separate chances, by which nearly all of the seeds in tests have no receivers, as when they were found. */
const RECEIVERS = 32;
/** Likewise: the network's maximum delay, and the callers with odd keys. */
const LATENESS = 40;
const ODD = 41;
/** Likewise: the histories with frozen nodes. No seed in tests has that. */
export const FREEZES = [100, 191] as const;
const HOUR_MS = 3_600_000;

/** The history of a seed. Every third one includes Stripe; everything else in it is the same without. */
export function writeScript(seed: number): Script {
  return withHugeAmounts(withEditAtRollover(writeCommon(seed)));
}

function writeCommon(seed: number): Script {
  const script = withOddKeys(withConfirms(writeWithoutStripe(seed)));
  const stripe = writeStripe(script);
  if (!stripe) return script;
  const { acts, team, faultProfile } = stripe;
  return {
    ...script,
    plans: { ...script.plans, team },
    faultProfile: { ...script.faultProfile, ...faultProfile },
    acts: [...script.acts, ...acts].sort((a, b) => a.afterMs - b.afterMs),
  };
}

/** In every third history some callers have odd keys. */
function withOddKeys(script: Script): Script {
  const chance = new Chance(script.seed, ODD);
  if (!chance.happens(1 / 3)) return script;
  const acts = script.acts.map((act) => (chance.happens(0.5) ? { ...act, key: chance.pick(ODD_KEYS) } : act));
  return { ...script, acts };
}

function withConfirms(script: Script): Script {
  const acts = [...script.acts, ...writeConfirms(script)];
  return { ...script, acts: acts.sort((a, b) => a.afterMs - b.afterMs) };
}

function writeWithoutStripe(seed: number): Script {
  const chance = new Chance(seed, 1);
  const startAt = chooseStart(chance);
  const users = Array.from({ length: chance.pick([1, 1, 1, 2, 3]) }, (_, index) => `user${index + 1}`);
  const acts: Act[] = [];
  const pace = chance.pick(['hasty', 'hasty', 'slow', 'mixed'] as const);
  let afterMs = 0;
  const count = chance.pick([4, 8, 12, 22]);
  for (let number = 0; number < count; number += 1) {
    afterMs = nextMoment(chance, pace, startAt, afterMs);
    acts.push(writeAct(chance, acts, { number, afterMs, userId: chance.pick(users) }));
  }
  return {
    seed,
    startAt,
    plans: { free: writePlan(chance), pro: writePlan(chance) },
    nodes: chance.int(1, 5),
    faultProfile: {
      ...chooseFaultProfile(chance, afterMs),
      ...chooseLateness(new Chance(seed, LATENESS)),
      ...chooseFreezes(new Chance(seed, ...FREEZES)),
    },
    room: chance.pick(ROOMS),
    acts,
    isReceived: new Chance(seed, RECEIVERS).happens(0.5),
    spared: [],
  };
}

/** Intervals before whose end a history starts, and across whose end it goes. */
const STARTS_BEFORE = weightedIntervals({ day: 1, month: 1, '5h': 1, week: 0, billing_cycle: 0, never: 0 });
const BOUNDARIES = weightedIntervals({ '5h': 1, day: 2, month: 1, week: 0, billing_cycle: 0, never: 0 });

/** Mostly instants before a day or a month ends. */
function chooseStart(chance: Chance): number {
  const at = chance.int(Date.UTC(2032, 0), Date.UTC(2034, 0));
  const period = plainPeriod(chance.pick(STARTS_BEFORE), at, 0);
  return chance.happens(0.7) ? (period?.end ?? at) - chance.int(0, 4_000) : at;
}

function nextMoment(
  chance: Chance,
  pace: 'hasty' | 'slow' | 'mixed',
  startAt: number,
  afterMs: number,
): number {
  const step = chance.weighted({
    'at once': pace === 'slow' ? 2 : 8,
    soon: 6,
    seconds: pace === 'hasty' ? 2 : 6,
    minutes: pace === 'hasty' ? 0 : 1,
    hours: pace === 'hasty' ? 0 : 1,
    boundary: pace === 'hasty' ? 0.3 : 2,
  });
  switch (step) {
    case 'at once':
      return afterMs + chance.int(0, 4);
    case 'soon':
      return afterMs + chance.int(0, 300);
    case 'seconds':
      return afterMs + chance.int(300, 9_000);
    case 'minutes':
      return afterMs + chance.int(9_000, 600_000);
    case 'hours':
      return afterMs + chance.int(600_000, 30 * HOUR_MS);
    case 'boundary': {
      const end = plainPeriod(chance.pick(BOUNDARIES), startAt + afterMs, startAt)?.end ?? 0;
      return Math.max(afterMs, end - startAt + chance.int(-1_500, 1_500));
    }
  }
}

function writeAct(
  chance: Chance,
  before: readonly Act[],
  base: Pick<Act, 'number' | 'afterMs' | 'userId'>,
): Act {
  const action = writeAction(chance, before, base.userId);
  const key = chance.weighted<Exclude<KeyForm, OddKey>>({ none: 5, own: 3, 'uuid v7': 2, ulid: 1 });
  return {
    ...base,
    action,
    key,
    patienceMs: chance.pick([undefined, 0, 50, 500, 3_000, 6_500, 20_000]),
    isDoubled: chance.happens(0.1),
    againAfterMs: chance.happens(0.25)
      ? chance.pick([0, 100, 2_000, 5_500, 8_000, 30_000, HOUR_MS])
      : undefined,
  };
}
