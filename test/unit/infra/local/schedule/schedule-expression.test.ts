import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsCron, startClock } from '../../../../../infra/local/schedule/schedule-expression.ts';

const DAY_MS = 86_400_000;
const next = (fields: string, timeZone: string, from: string, count = 2) =>
  awsCron(fields, timeZone)
    .nextRuns(count, new Date(from))
    .map((date) => date.toISOString());

describe('a cron expression', () => {
  it.each([
    ['5 0 * * ? *', 'Etc/UTC', ['2026-03-01T00:05:00.000Z', '2026-03-02T00:05:00.000Z']],
    ['10 0 1 * ? *', 'Etc/UTC', ['2026-03-01T00:10:00.000Z', '2026-04-01T00:10:00.000Z']],
    // 2 is Monday: AWS counts weekdays from Sunday = 1.
    ['0 8 ? * 2 *', 'Etc/UTC', ['2026-03-02T08:00:00.000Z', '2026-03-09T08:00:00.000Z']],
    ['0/30 8 ? * MON *', 'Etc/UTC', ['2026-03-02T08:00:00.000Z', '2026-03-02T08:30:00.000Z']],
    ['0 12 L * ? *', 'Etc/UTC', ['2026-02-28T12:00:00.000Z', '2026-03-31T12:00:00.000Z']],
    ['5 0 * * ? *', 'Asia/Tokyo', ['2026-02-28T15:05:00.000Z', '2026-03-01T15:05:00.000Z']],
  ])('%s in %s', (fields, timeZone, expected) => {
    expect(next(fields, timeZone, '2026-02-28T09:00:00Z')).toEqual(expected);
  });

  it('keeps the local hour across a change of daylight saving time', () => {
    expect(next('0 8 * * ? *', 'Europe/Berlin', '2026-03-28T00:00:00Z')).toEqual([
      '2026-03-28T07:00:00.000Z',
      '2026-03-29T06:00:00.000Z',
    ]);
  });
});

describe('a rate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('ticks at its interval until it is stopped', () => {
    const ticks: Date[] = [];
    const { stop } = startClock('rate(5 minutes)', 'UTC', (due) => ticks.push(due));
    vi.advanceTimersByTime(10 * 60_000);
    stop();
    vi.advanceTimersByTime(10 * 60_000);
    expect(ticks).toHaveLength(2);
  });

  it('of a moved clock calls back once, for the last due time, and continues by that clock', () => {
    let aheadMs = 0;
    const ticks: number[] = [];
    const startMs = Date.now();
    const now = () => Date.now() + aheadMs;
    const clock = startClock('rate(1 day)', 'UTC', (due) => ticks.push(due.getTime() - startMs), now);
    aheadMs = 31.5 * DAY_MS;
    expect(clock.takeOverdue()?.getTime()).toBe(startMs + 31 * DAY_MS);
    expect(clock.takeOverdue()).toBeUndefined();
    vi.advanceTimersByTime(DAY_MS);
    expect(ticks).toEqual([32 * DAY_MS]);
    clock.stop();
  });

  it('longer than the limit of timers works', () => {
    const ticks: Date[] = [];
    const { stop } = startClock('rate(40 days)', 'UTC', (due) => ticks.push(due));
    vi.advanceTimersByTime(39 * DAY_MS);
    expect(ticks).toHaveLength(0);
    vi.advanceTimersByTime(DAY_MS);
    expect(ticks).toHaveLength(1);
    stop();
  });

  it.each(['rate(0 minutes)', 'rate(5 fortnights)', 'at(2026-01-01T00:00:00)', 'often'])(
    '%s is refused',
    (expression) => {
      expect(() => startClock(expression, 'UTC', () => {})).toThrow();
    },
  );
});
