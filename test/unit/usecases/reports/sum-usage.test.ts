import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, test } from 'vitest';
import { OutOfTime, sumUsage } from '../../../../shared/usecases/reports/sum-usage.ts';

const DATE = '2026-11-22';
const RANGE = { from: DATE, to: DATE };
const FEATURE = 'aiRequest';
const page = [{ userId: 'anna', date: DATE, feature: FEATURE, used: 1, planId: 'free', level: 'warning' }];
/** One shard has content for the day: of a feature, or alerts. */
const used = (feature: string | undefined) => [{ feature, shards: new Map([[DATE, new Set([7])]]) }];

/** An index whose every partition has this number of pages. */
function indexOf(pages: number) {
  let read = 0;
  async function* all() {
    for (let nth = 0; nth < pages; nth += 1) {
      read += 1;
      yield page;
    }
  }
  const unused = () => Promise.reject(new Error('the usage is known'));
  const topIndex = { daysOf: all, alertsOf: all, shardsOfDays: unused, shardsOfAlerts: unused };
  return { topIndex, read: () => read };
}

describe.each([
  ['usage', FEATURE],
  ['alerts', undefined],
] as const)('a day of many pages of %s', (_, feature) => {
  it('is summed up whole while there is time', async () => {
    const { topIndex } = indexOf(50);
    const { days } = await sumUsage({ topIndex }, RANGE, used(feature));
    expect(days.get(DATE)).toMatchObject(feature ? { used: new Map([[FEATURE, 50]]) } : { alerts: 50 });
  });

  it('stops within a page of the limit', async () => {
    const { topIndex, read } = indexOf(50);
    const sum = sumUsage({ topIndex }, RANGE, used(feature), () => read() < 3);
    await expect(sum).rejects.toThrow(OutOfTime);
    expect(read()).toBe(3);
  });
});

test('sends no request after a failure', async () => {
  let asked = 0;
  const { topIndex } = indexOf(1);
  const failing = {
    ...topIndex,
    async *daysOf() {
      asked += 1;
      if (asked === 1) throw new Error('the table is away');
      await sleep(1);
      yield page;
    },
  };
  const days = Array.from({ length: 30 }, (_, day) => `2026-11-${String(day + 1).padStart(2, '0')}`);
  const shards = new Map(days.map((date) => [date, new Set([0])]));
  const features = ['a', 'b', 'c'].map((feature) => ({ feature, shards }));
  const sum = sumUsage({ topIndex: failing }, { from: '2026-11-01', to: '2026-11-30' }, features);
  await expect(sum).rejects.toThrow('the table is away');
  await sleep(50);
  expect(asked).toBe(10);
});
