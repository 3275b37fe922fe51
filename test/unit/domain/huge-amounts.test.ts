import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenInvariants, type Counter, MAX_AMOUNT, recount } from '../../../shared/domain/account.ts';
import {
  clearUse,
  countLifetime,
  countUse,
  giveBack,
  isCountable,
  lifetimeInAll,
  usedInAll,
} from '../../../shared/domain/count-use.ts';
import { debit } from '../../../shared/domain/debit.ts';
import { decide } from '../../../shared/domain/decide.ts';
import { placeHold, settleHold } from '../../../shared/domain/hold.ts';
import { ledgerFindings } from '../../../shared/domain/ledger-audit.ts';
import { releaseGauges } from '../../../shared/domain/release-gauge.ts';
import { hourlyUse, rollUp } from '../../../shared/domain/rollup.ts';
import { anyHugeStory, replay } from '../../support/random-accounts.ts';
import { counterOf, SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

const MAX = BigInt(MAX_AMOUNT);
const amount = fc.oneof(fc.constantFrom(1, 10 ** 12, MAX_AMOUNT), fc.integer({ min: 1, max: MAX_AMOUNT }));
const unlimited = () => counterOf(sampleAccount([{ limit: null }]));

describe('Amounts up to 2^53 − 1', () => {
  it('keep every image of an account consistent and every figure exact', () => {
    fc.assert(
      fc.property(anyHugeStory, (story) => {
        for (const image of replay(story).images) {
          expect(brokenInvariants(image)).toEqual([]);
          for (const { limit, granted, used, held, remaining, lifetime } of [
            ...image.counters.values(),
          ].flat()) {
            expect([limit ?? 0, granted, used, held, remaining, lifetime].every(Number.isSafeInteger)).toBe(
              true,
            );
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('all count in the lifetime total of their feature, and in its daily usage', () => {
    fc.assert(
      fc.property(anyHugeStory, (story) => {
        const { images } = replay(story);
        const days = new Map<string, bigint>();
        for (const day of rollUp(images.map((after, index) => ({ before: images[index - 1], after }))).days) {
          days.set(day.feature, (days.get(day.feature) ?? 0n) + day.lifetime - day.lifetimeBefore);
        }
        const used = new Map<string, bigint>();
        for (const { change } of images) {
          if (change.kind !== 'consume' && change.kind !== 'confirm') continue;
          for (const [feature, units] of change.amounts) {
            used.set(feature, (used.get(feature) ?? 0n) + BigInt(units));
          }
        }
        for (const [feature, list] of images.at(-1)?.counters ?? []) {
          for (const counter of list) expect(lifetimeInAll(counter)).toBe(used.get(feature) ?? 0n);
          expect(days.get(feature) ?? 0n).toBe(used.get(feature) ?? 0n);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('leave a ledger that sums up to the balance', () => {
    fc.assert(
      fc.property(anyHugeStory, (story) => {
        const { images, entries } = replay(story);
        const last = images.at(-1);
        if (last) expect(ledgerFindings(last, entries)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('are never denied by an unenforced counter, whatever was counted before', () => {
    fc.assert(
      fc.property(anyHugeStory, amount, (story, more) => {
        const { images, now } = replay(story);
        const last = images.at(-1);
        for (const [feature, list] of last?.counters ?? []) {
          const decision = decide(last, { amounts: units(more, feature) }, now);
          if (decision.code !== 'exceeded') continue;
          const denying = list.find(({ interval }) => interval === decision.interval);
          expect(denying).toMatchObject({ enforced: true });
          expect(denying && denying.remaining < more).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('a counter', () => {
  const counted = (amounts: readonly number[], from: Counter = unlimited()) =>
    amounts.reduce((counter, units) => countUse(counter, units), from);

  it('counts exactly beyond the largest number, and shows the largest number', () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 8 }), (amounts) => {
        const counter = counted(amounts);
        const total = amounts.reduce((sum, units) => sum + BigInt(units), 0n);
        expect(usedInAll(counter)).toBe(total);
        expect(lifetimeInAll(counter)).toBe(total);
        expect(counter.used).toBe(Number(total < MAX ? total : MAX));
        expect(counter.remaining).toBe(0 - counter.used);
      }),
    );
  });

  it('subtracts exactly what is released, also beyond the largest number', () => {
    const full = counted([MAX_AMOUNT, 7, 3]);
    expect(full).toMatchObject({ used: MAX_AMOUNT, excess: '10' });
    expect(giveBack(full, 9)).toMatchObject({ used: MAX_AMOUNT, excess: '1' });
    expect(giveBack(full, 12)).toMatchObject({ used: MAX_AMOUNT - 2 });
    expect(giveBack(full, 12)).not.toHaveProperty('excess');
    expect(clearUse(full)).toMatchObject({ used: 0, remaining: 0 });
    expect(clearUse(full)).not.toHaveProperty('excess');
  });

  it('restarts its lifetime total at the largest number, and continues by plain additions', () => {
    const full = { ...clearUse(counted([MAX_AMOUNT])), lifetime: MAX_AMOUNT };
    expect(isCountable(full, 1)).toBe(false);
    const next = countUse(full, 5);
    expect(next).toMatchObject({ used: 5, lifetime: 5, closed: String(MAX_AMOUNT) });
    expect(isCountable(next, 10 ** 12)).toBe(true);
    const late = countLifetime(full, 4);
    expect(late).toMatchObject({ used: 0, lifetime: 4, closed: String(MAX_AMOUNT) });
  });

  it('accepts a blind write exactly if plain additions give the same figures', () => {
    const near = fc.integer({ min: 0, max: 20 }).map((back) => MAX_AMOUNT - back);
    const figure = fc.oneof(fc.nat(20), near);
    fc.assert(
      fc.property(
        figure,
        figure,
        fc.nat(20),
        fc.oneof(fc.integer({ min: 1, max: 20 }), near),
        (used, more, held, n) => {
          const lifetime = Math.min(MAX_AMOUNT, used + more);
          const counter = recount({ ...unlimited(), lifetime }, { used, held });
          const plain = {
            ...counter,
            used: counter.used + n,
            remaining: counter.remaining - n,
            lifetime: counter.lifetime + n,
          };
          const isExact = [plain.used, plain.remaining, plain.lifetime].every(Number.isSafeInteger);
          expect(isCountable(counter, n)).toBe(isExact);
          if (isExact) expect(countUse(counter, n)).toEqual(plain);
        },
      ),
    );
  });
});

describe('an unlimited or soft feature', () => {
  it.each([
    ['unlimited', { limit: null }],
    ['soft', { limit: 10, enforced: false }],
    ['huge and soft', { limit: MAX_AMOUNT, enforced: false }],
  ])('admits everything after 2^53 − 1 were used: %s', (_, allowance) => {
    const full = debit(debit(sampleAccount([allowance]), units(MAX_AMOUNT)), units(MAX_AMOUNT));
    for (const more of [1, 10 ** 12, MAX_AMOUNT]) {
      expect(decide(full, { amounts: units(more) }, SAMPLE_NOW).code).toBe('allowed');
    }
    const held = placeHold(full, 'hold', units(5), SAMPLE_NOW + 1);
    expect(brokenInvariants(held)).toEqual([]);
    const hold = held.holds.get('hold');
    const settled = hold && settleHold(held, 'hold', hold, units(9), SAMPLE_NOW);
    if (!settled) throw new Error('it is not settled');
    expect(usedInAll(counterOf(settled.account))).toBe(2n * MAX + 9n);
    expect(counterOf(settled.account)).toMatchObject({ used: MAX_AMOUNT, held: 0 });
  });

  it('of a gauge releases all usage, beyond the largest number too', () => {
    const gauge = sampleAccount([{ limit: null, interval: 'never' }]);
    const full = debit(debit(gauge, units(MAX_AMOUNT)), units(8));
    const once = releaseGauges(full, units(MAX_AMOUNT));
    if (once.code !== 'released') throw new Error(once.code);
    expect(counterOf(once.account)).toMatchObject({ used: 8 });
    expect(releaseGauges(once.account, units(9)).code).toBe('release_exceeds_usage');
    expect(releaseGauges(once.account, units(8)).code).toBe('released');
  });
});

it('the hours of a day with more than 2^53 − 1 show the largest number', () => {
  const hours = new Map([
    [3, MAX + 5n],
    [4, MAX + 9n],
  ]);
  expect(hourlyUse(0n, hours)).toEqual(
    new Map([
      [3, MAX_AMOUNT],
      [4, 4],
    ]),
  );
});
