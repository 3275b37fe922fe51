import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemResponse } from '../../../functions/http/response.ts';
import { explainDenial } from '../../../functions/http/responses/denials.ts';
import { type Account, type Amounts, FAR_FUTURE, INTERVALS } from '../../../shared/domain/account.ts';
import { advance } from '../../../shared/domain/advance.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { decide } from '../../../shared/domain/decide.ts';
import { placeHold } from '../../../shared/domain/hold.ts';
import { onNewerVersion } from '../../../shared/domain/newer-plan.ts';
import { type Allowance, openAccount, type Plan } from '../../../shared/domain/plan.ts';
import { grantUnits } from '../../../shared/domain/reset-and-grant.ts';
import { type PlansAhead, retryInstant } from '../../../shared/domain/retry-instant.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Two months, and the longest hold. */
const HORIZON = NOW + 63 * DAY;

const plan = (version: number, allowances: readonly Allowance[], id = 'own'): Plan => ({
  id,
  version,
  name: id,
  allowances,
  createdAt: 0,
});
const allowed = (feature: string, interval: Allowance['interval'], limit: number | null): Allowance => ({
  feature,
  interval,
  limit,
  enforced: true,
});

const isAdmitted = (amounts: Amounts) => (account: Account, at: number) =>
  decide(account, { amounts }, at).code === 'allowed';

interface Situation {
  readonly account: Account;
  readonly plans: PlansAhead;
  readonly amounts: Amounts;
}

/** Whether the request is admitted at an instant before which nothing else happened. */
function admitsAt({ account, plans, amounts }: Situation, at: number): boolean {
  const newest = account.validUntil <= at && plans.afterwards ? plans.afterwards : plans.own;
  const then = advance(account, newest, at);
  const newer = onNewerVersion(then, newest, at);
  return [then, newer].some((one) => one !== undefined && isAdmitted(amounts)(one, at));
}

/** Every instant up to the horizon at which the account may change. */
function instantsOf({ account }: Situation): number[] {
  const ends = [...account.counters.values()].flatMap((list) => list.map(({ periodEnd }) => periodEnd));
  const later = Array.from({ length: 63 }, (_, days) => NOW - 10 * HOUR + days * DAY);
  const holds = [...account.holds.values()].map(({ expiresAt }) => expiresAt);
  return [...ends, ...later, ...holds, account.validUntil].filter((at) => at > NOW && at < HORIZON);
}

const limits = fc.oneof(fc.nat(20), fc.nat(3));
const allowances = (feature: string) =>
  fc
    .uniqueArray(fc.constantFrom(...INTERVALS.filter((one) => one !== 'never')), {
      minLength: 1,
      maxLength: 3,
    })
    .chain((intervals) =>
      fc.tuple(...intervals.map((one) => limits.map((limit) => allowed(feature, one, limit)))),
    );
const gauge = limits.map((limit) => [allowed('b', 'never', limit)]);
const contents = fc.tuple(allowances('a'), fc.oneof(gauge, allowances('b'))).map((both) => both.flat());
const units = (feature: string, most = 25) =>
  fc.integer({ min: 1, max: most }).map((n): Amounts => new Map([[feature, n]]));
const someUnits = fc.oneof(
  units('a'),
  units('b'),
  fc.tuple(units('a', 12), units('b', 12)).map(([a, b]): Amounts => new Map([...a, ...b])),
);

/** An account with random uses, reservations, a grant, an edited plan and an end of its plan. */
const situations: fc.Arbitrary<Situation> = fc
  .record({
    old: contents,
    edited: fc.option(contents, { nil: undefined }),
    fallback: contents,
    used: fc.array(units('a'), { maxLength: 2 }),
    stored: fc.array(units('b'), { maxLength: 1 }),
    holds: fc.array(fc.tuple(someUnits, fc.integer({ min: 1, max: 48 * HOUR })), { maxLength: 6 }),
    granted: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined, freq: 2 }),
    validUntil: fc.option(fc.integer({ min: NOW + 1, max: NOW + 40 * DAY }), { nil: FAR_FUTURE, freq: 3 }),
    amounts: someUnits,
  })
  .map(({ old, edited, fallback, used, stored, holds, granted, validUntil, amounts }) => {
    let account: Account = { ...openAccount('u', plan(1, old), NOW - 3 * HOUR), version: 7, validUntil };
    if (granted !== undefined) {
      account = grantUnits(account, 'a', granted) ?? account;
    }
    for (const taken of [...used, ...stored]) account = debit(account, taken);
    for (const [index, [held, inMs]] of holds.entries())
      account = placeHold(account, `hold-${index}`, held, NOW + inMs);
    const own = edited ? plan(2, edited) : plan(1, old);
    const current = advance(account, own, NOW);
    const afterwards = validUntil < FAR_FUTURE ? plan(1, fallback, 'free') : undefined;
    return { account: current, plans: { own, afterwards }, amounts };
  })
  .filter(
    (one) => !admitsAt(one, NOW) && decide(one.account, { amounts: one.amounts }, NOW).code === 'exceeded',
  );

const headersOf = ({ account, amounts }: Situation, retryAt: number | undefined) => {
  const denial = decide(account, { amounts }, NOW);
  if (denial.code !== 'exceeded') throw new Error(`${denial.code} instead of a denial`);
  return problemResponse(explainDenial(denial, { account, amounts, retryAt }, NOW), 'request').headers;
};

describe('for any account that denies', () => {
  test('waiting until the instant admits the request, and no earlier instant does', () => {
    let waits = 0;
    let never = 0;
    fc.assert(
      fc.property(situations, (situation) => {
        const { account, plans, amounts } = situation;
        const retryAt = retryInstant(account, plans, NOW, isAdmitted(amounts));
        const before = instantsOf(situation).filter((at) => at < (retryAt ?? HORIZON));
        for (const at of before) expect(admitsAt(situation, at), new Date(at).toISOString()).toBe(false);
        if (retryAt === undefined) never += 1;
        else {
          waits += 1;
          expect(admitsAt(situation, retryAt)).toBe(true);
          if (retryAt - 1 > NOW) expect(admitsAt(situation, retryAt - 1)).toBe(false);
        }
      }),
      { numRuns: 150, seed: 20_331_102 },
    );
    // Mutation testing makes a fraction of the runs.
    expect(Math.min(waits, never)).toBeGreaterThan(0);
  });

  test('Retry-After is present if and only if waiting helps, never too early, and at most an hour', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const { account, plans, amounts } = situation;
        const retryAt = retryInstant(account, plans, NOW, isAdmitted(amounts));
        const header = headersOf(situation, retryAt)['Retry-After'];
        expect(header === undefined).toBe(retryAt === undefined);
        if (header === undefined || retryAt === undefined) return;
        const seconds = Number(header);
        expect(seconds).toBeLessThanOrEqual(3_600);
        expect(seconds === 3_600 || NOW + seconds * 1_000 >= retryAt).toBe(true);
        expect(NOW + (seconds - 1) * 1_000).toBeLessThan(retryAt);
        const retried = NOW + seconds * 1_000;
        // A period or a plan may end within the second that is rounded up.
        const isStill = !instantsOf(situation).some((at) => at > retryAt && at <= retried);
        if (seconds < 3_600 && isStill) expect(admitsAt(situation, retried)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

describe('with calendar intervals', () => {
  const open = (...list: readonly Allowance[]) => {
    const own = plan(1, list);
    return { own, account: { ...openAccount('u', own, NOW), version: 1 } };
  };
  const ask = (account: Account, own: Plan, amounts: Amounts) =>
    retryInstant(account, { own, afterwards: undefined }, NOW, isAdmitted(amounts));
  const one: Amounts = new Map([['a', 1]]);

  test.each([
    ['day', 'month'],
    ['month', 'day'],
  ] as const)('of %s and %s, both exhausted, the month counts', (first, second) => {
    const { own, account } = open(allowed('a', first, 10), allowed('a', second, 10));
    const exhausted = debit(account, new Map([['a', 10]]));
    expect(ask(exhausted, own, one)).toBe(Date.parse('2026-12-01T00:00:00Z'));
    expect(decide(exhausted, { amounts: one }, NOW)).toMatchObject({ interval: 'month' });
  });

  test('of several features in a batch, the latest end counts', () => {
    const { own, account } = open(allowed('a', 'month', 1), allowed('b', 'day', 1));
    const both: Amounts = new Map([
      ['b', 1],
      ['a', 1],
    ]);
    const exhausted = debit(account, both);
    expect(ask(exhausted, own, both)).toBe(Date.parse('2026-12-01T00:00:00Z'));
    expect(decide(exhausted, { amounts: both }, NOW)).toMatchObject({ feature: 'a', interval: 'month' });
  });

  test.each([
    ['more than any period has', [allowed('a', 'day', 10)], 11],
    ['more than one of two periods has', [allowed('a', 'day', 10), allowed('a', 'month', 100)], 11],
    ['a limit of 0', [allowed('a', 'day', 0)], 1],
    ['a gauge that is full', [allowed('a', 'never', 0)], 1],
  ] as const)('%s has no instant', (_, list, amount) => {
    const { own, account } = open(...list);
    expect(ask(account, own, new Map([['a', amount]]))).toBeUndefined();
  });

  test('a grant does not return in the next period', () => {
    const { own, account } = open(allowed('a', 'day', 10));
    const granted = grantUnits(account, 'a', 90) ?? account;
    const used = debit(granted, new Map([['a', 90]]));
    expect(ask(used, own, new Map([['a', 11]]))).toBeUndefined();
    expect(ask(debit(used, new Map([['a', 10]])), own, new Map([['a', 10]]))).toBe(
      Date.parse('2026-11-23T00:00:00Z'),
    );
  });

  test('of a hundred reservations on a gauge, enough have to expire', () => {
    const { own, account } = open(allowed('a', 'never', 100));
    let full = account;
    for (let index = 0; index < 100; index += 1)
      full = placeHold(full, `hold-${index}`, one, NOW + (index + 1) * 1_000);
    expect(ask(full, own, new Map([['a', 37]]))).toBe(NOW + 37_000);
  });

  test('a plan that lowers its limit for the next period counts with the lower limit', () => {
    const { account } = open(allowed('a', 'day', 10));
    const used = debit(account, new Map([['a', 10]]));
    const lowered = plan(2, [allowed('a', 'day', 3)]);
    expect(ask(used, lowered, new Map([['a', 4]]))).toBeUndefined();
    expect(ask(used, lowered, new Map([['a', 3]]))).toBe(Date.parse('2026-11-23T00:00:00Z'));
  });
});
