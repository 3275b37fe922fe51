import fc from 'fast-check';
import {
  type Account,
  type Amounts,
  type Change,
  INTERVALS,
  MAX_AMOUNT,
  type Schedule,
} from '../../shared/domain/account.ts';
import { advance } from '../../shared/domain/advance.ts';
import { debit } from '../../shared/domain/debit.ts';
import { decide } from '../../shared/domain/decide.ts';
import { placeHold, settleHold } from '../../shared/domain/hold.ts';
import { type LedgerEntry, ledgerEntry } from '../../shared/domain/ledger.ts';
import { nextVersion } from '../../shared/domain/next-version.ts';
import { fingerprintOf } from '../../shared/domain/operation.ts';
import { type Allowance, applyPlan, openAccount, type Plan } from '../../shared/domain/plan.ts';
import { releaseGauges } from '../../shared/domain/release-gauge.ts';
import { grantUnits, resetUsage } from '../../shared/domain/reset-and-grant.ts';

/**
 * One possible step of an account's history; holds are named by their age, since their ids arise in the run.
 */
export type Step =
  | { kind: 'consume' | 'reserve'; amounts: Amounts }
  | { kind: 'confirm'; hold: number; amount: number }
  | { kind: 'cancel'; hold: number }
  | { kind: 'release'; amounts: Amounts }
  | { kind: 'reset'; features: string[] | undefined }
  | { kind: 'grant'; feature: string; amount: number }
  | { kind: 'plan'; plan: Plan; schedule: Partial<Schedule> }
  | { kind: 'rollover' };

export interface Story {
  readonly plan: Plan;
  readonly steps: readonly { readonly afterMs: number; readonly step: Step }[];
}

export interface AccountHistory {
  /** Every saved image, the oldest first. */
  readonly images: readonly (Account & { readonly change: Change })[];
  readonly entries: readonly LedgerEntry[];
  readonly now: number;
}

export const FEATURES = ['aiRequest', 'upload', 'storage', 'constructor'] as const;
export const STORY_START = Date.UTC(2033, 0, 30, 22, 30);
export const TIME_ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Pacific/Kiritimati',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
] as const;

const feature = fc.constantFrom(...FEATURES);
const smallAmount = fc.integer({ min: 1, max: 40 });
const hugeAmount = fc.oneof(
  fc.constantFrom(1, 10 ** 12, 2 ** 52, MAX_AMOUNT - 1, MAX_AMOUNT),
  fc.integer({ min: 1, max: MAX_AMOUNT }),
);
const amountsOf = (amount: fc.Arbitrary<number>): fc.Arbitrary<Amounts> =>
  fc
    .uniqueArray(fc.tuple(feature, amount), { minLength: 1, maxLength: 3, selector: ([f]) => f })
    .map((pairs) => new Map<string, number>(pairs));

/** `strict`: weight of finite limits against unlimited ones, and of enforced against soft ones. */
const allowanceOf = (limit: fc.Arbitrary<number>, strict = 5): fc.Arbitrary<Allowance> =>
  fc.record({
    feature,
    interval: fc.constantFrom(...INTERVALS),
    limit: fc.oneof({ weight: strict, arbitrary: limit }, { weight: 1, arbitrary: fc.constant(null) }),
    enforced: fc.oneof(
      { weight: strict, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
  });

const planOf = (allowance: fc.Arbitrary<Allowance>): fc.Arbitrary<Plan> =>
  fc
    .record({
      id: fc.constantFrom('free', 'pro', 'team'),
      version: fc.integer({ min: 1, max: 9 }),
      allowances: fc.uniqueArray(allowance, {
        minLength: 1,
        maxLength: 7,
        selector: ({ feature, interval }) => `${feature}/${interval}`,
      }),
    })
    .map((plan) => ({ ...plan, name: plan.id, createdAt: STORY_START }));

/** Any plan over the features, with up to seven allowances. */
export const anyPlan: fc.Arbitrary<Plan> = planOf(allowanceOf(fc.nat({ max: 120 })));

const anySchedule: fc.Arbitrary<Partial<Schedule>> = fc.record(
  {
    timeZone: fc.constantFrom(...TIME_ZONES),
    anchor: fc.oneof(fc.constant(null), fc.integer({ min: Date.UTC(2032, 0), max: Date.UTC(2034, 0) })),
  },
  { requiredKeys: [] },
);

/** The sizes of a story's uses, holds and confirmations. */
interface StepSizes {
  readonly used: fc.Arbitrary<number>;
  readonly held: fc.Arbitrary<number>;
  readonly confirmed: fc.Arbitrary<number>;
}

function stepOf({ used, held, confirmed }: StepSizes, plan: fc.Arbitrary<Plan>): fc.Arbitrary<Step> {
  return fc.oneof(
    { weight: 6, arbitrary: amountsOf(used).map((amounts): Step => ({ kind: 'consume', amounts })) },
    { weight: 3, arbitrary: amountsOf(held).map((amounts): Step => ({ kind: 'reserve', amounts })) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('confirm' as const), hold: fc.nat(3), amount: confirmed }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), hold: fc.nat(3) }) },
    { weight: 1, arbitrary: amountsOf(used).map((amounts): Step => ({ kind: 'release', amounts })) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('reset' as const),
        features: fc.oneof(fc.constant(undefined), fc.uniqueArray(feature, { maxLength: 2 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('grant' as const), feature, amount: used }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('plan' as const), plan, schedule: anySchedule }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'rollover' }) },
  );
}

function storyOf(
  plan: fc.Arbitrary<Plan>,
  sizes: StepSizes,
  length: fc.ArrayConstraints = { minLength: 1, maxLength: 25 },
): fc.Arbitrary<Story> {
  return fc.record({
    plan,
    steps: fc.array(
      fc.record({
        afterMs: fc.oneof(
          fc.nat({ max: 60_000 }),
          fc.nat({ max: 7_200_000 }),
          fc.nat({ max: 3 * 86_400_000 }),
          fc.nat({ max: 40 * 86_400_000 }),
        ),
        step: stepOf(sizes, plan),
      }),
      length,
    ),
  });
}

/** The possible steps of one account in some weeks; holds expire after an hour. */
export const anyStory: fc.Arbitrary<Story> = storyOf(anyPlan, {
  used: smallAmount,
  held: smallAmount,
  confirmed: fc.nat(60),
});

const hugeLimit = fc.oneof(fc.constantFrom(0, 5, MAX_AMOUNT - 3, MAX_AMOUNT), fc.nat({ max: MAX_AMOUNT }));

/**
 * The same with amounts and limits up to 2^53 − 1, many not enforced, so that totals often exceed it.
 * The sum of a hundred reservations is an exact number.
 */
export const anyHugeStory: fc.Arbitrary<Story> = storyOf(
  planOf(allowanceOf(hugeLimit, 1)),
  { used: hugeAmount, held: fc.integer({ min: 1, max: 9 * 10 ** 13 }), confirmed: hugeAmount },
  { minLength: 12, maxLength: 40, size: 'max' },
);

const HOLD_MS = 3_600_000;

/** Replays a story as the use cases would: advance, decide, change, commit; a denied step changes nothing. */
export function replay({ plan: firstPlan, steps }: Story, userId = 'someone'): AccountHistory {
  const images: AccountHistory['images'][number][] = [];
  const entries: LedgerEntry[] = [];
  let now = STORY_START;
  let plan = firstPlan;
  let saved: Account | undefined;
  steps.forEach(({ afterMs, step }, index) => {
    now += afterMs;
    const draft = saved ? advance(saved, plan, now) : openAccount(userId, plan, now);
    const made = make(step, draft, now, `hold-${index}`);
    if (step.kind === 'plan') plan = step.plan;
    if (!made) return;
    const change: Change = {
      kind: step.kind,
      operationId: `operation-${index}`,
      keyed: index % 2 === 0,
      fingerprint: fingerprintOf({ kind: step.kind, amounts: new Map() }),
      at: now,
      amounts: 'amounts' in step ? step.amounts : new Map(),
      ...made.details,
    };
    const next = { ...nextVersion(made.account, change), change };
    entries.push(ledgerEntry(saved, next, now));
    images.push(next);
    saved = next;
  });
  return { images, entries, now };
}

function make(
  step: Step,
  account: Account,
  now: number,
  holdId: string,
): { account: Account; details?: Partial<Change> } | undefined {
  switch (step.kind) {
    case 'consume':
      return decide(account, step, now).code === 'allowed'
        ? { account: debit(account, step.amounts) }
        : undefined;
    case 'reserve':
      return decide(account, step, now).code === 'allowed'
        ? {
            account: placeHold(account, holdId, step.amounts, now + HOLD_MS),
            details: { reservationId: holdId },
          }
        : undefined;
    case 'confirm':
    case 'cancel': {
      const [id, hold] = [...account.holds][step.hold] ?? [];
      if (!id || !hold) return undefined;
      const amount = step.kind === 'confirm' ? step.amount : 0;
      const used = new Map([...hold.amounts.keys()].map((name) => [name, amount]));
      const { account: settled, late } = settleHold(account, id, hold, used, now);
      return { account: settled, details: { amounts: used, ...(late.length > 0 && { late }) } };
    }
    case 'release': {
      const released = releaseGauges(account, step.amounts);
      return released.code === 'released' ? { account: released.account } : undefined;
    }
    case 'reset':
      return resetUsage(account, step.features);
    case 'grant': {
      const granted = grantUnits(account, step.feature, step.amount);
      return granted && { account: granted };
    }
    case 'plan':
      return {
        account: applyPlan(
          { ...account, schedule: { ...account.schedule, ...step.schedule } },
          step.plan,
          now,
        ),
      };
    case 'rollover':
      return { account };
  }
}
