import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapCounters, recount } from '../../../shared/domain/account.ts';
import { type AccountChange, hourlyUse, rollUp } from '../../../shared/domain/rollup.ts';
import { anyStory, type Told, tell } from '../../support/random-accounts.ts';
import { SAMPLE_NOW, sampleAccount, units } from '../../support/sample-account.ts';

const changesOf = ({ images }: Told): AccountChange[] =>
  images.map((after, index) => ({ before: images[index - 1], after }));

describe('Nothing lost', () => {
  it('the usage of all days sums up to the lifetime total of every feature', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const told = tell(story);
        const sums = new Map<string, number>();
        for (const { feature, lifetime, lifetimeBefore } of rollUp(changesOf(told)).days) {
          sums.set(feature, (sums.get(feature) ?? 0) + lifetime - lifetimeBefore);
        }
        for (const [feature, [counter]] of told.images.at(-1)?.counters ?? []) {
          expect(sums.get(feature) ?? 0).toBe(counter?.lifetime);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('the usage of the hours of a day sums up to the usage of the day', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        for (const { lifetimeBefore, lifetime, hours } of rollUp(changesOf(tell(story))).days) {
          const used = [...hourlyUse(lifetimeBefore, hours).values()].reduce((sum, units) => sum + units, 0);
          expect(used).toBe(lifetime - lifetimeBefore);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('clocks that disagree around a full hour move units to its other side and lose none', () => {
    const totals = new Map([
      [13, 130],
      [14, 120],
      [16, 150],
    ]);
    expect(hourlyUse(100, totals)).toEqual(
      new Map([
        [13, 30],
        [14, 0],
        [16, 20],
      ]),
    );
  });

  it('a batch cut anywhere says the same of a period as the whole', () => {
    fc.assert(
      fc.property(anyStory, fc.nat(25), (story, cut) => {
        const changes = changesOf(tell(story));
        const usage = (batches: AccountChange[][]) =>
          new Map(
            batches
              .flatMap((batch) => rollUp(batch).periods)
              .map(({ feature, counter }) => [
                `${feature} ${counter.interval} ${counter.periodEnd}`,
                counter.used,
              ]),
          );
        expect(usage([changes.slice(0, cut), changes.slice(cut)])).toEqual(usage([changes]));
      }),
      { numRuns: 200 },
    );
  });
});

it('a day counts for the plan that the user had at its last change', () => {
  const image = (version: number, planId: string): AccountChange['after'] => ({
    ...mapCounters(sampleAccount(), ['aiRequest'], (counter) => recount(counter, { lifetime: version })),
    version,
    plan: { id: planId, version: 1 },
    change: {
      kind: 'consume',
      operationId: `operation-${version}`,
      keyed: false,
      fingerprint: '',
      at: SAMPLE_NOW,
      amounts: units(1),
    },
  });
  const { days } = rollUp([
    { before: image(1, 'free'), after: image(2, 'free') },
    { before: image(2, 'free'), after: image(3, 'pro') },
  ]);
  expect(days).toMatchObject([{ date: '2033-05-10', planId: 'pro', lifetimeBefore: 1, lifetime: 3 }]);
});
