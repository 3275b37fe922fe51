import { expect, test } from 'vitest';
import { PeriodicCount } from '../../../functions/runtime/telemetry/periodic-count.ts';

test('the first event is published at once, and a flood of them once an interval, none twice', () => {
  const count = new PeriodicCount(10_000);
  expect(count.add(0)).toBe(1);
  let [published, lines] = [1, 1];
  for (let now = 1; now <= 60_000; now += 1) {
    const due = count.add(now);
    published += due;
    lines += due > 0 ? 1 : 0;
  }
  expect(lines).toBe(7);
  expect(published).toBe(60_001);
});
