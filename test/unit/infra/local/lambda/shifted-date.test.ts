import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { shiftedDate } from '../../../../../infra/local/lambda/shifted-date.ts';

const MONTH_MS = 31 * 86_400_000;

describe('a shifted date', () => {
  beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-03-01T00:00:00Z') }));
  afterEach(() => void vi.useRealTimers());

  it('returns the shifted time from every constructor and method', () => {
    let aheadMs = 0;
    const Shifted = shiftedDate(Date, () => aheadMs);
    const presents = () => [Shifted.now(), new Shifted().getTime(), Math.floor(Date.parse(Shifted()))];
    expect(new Set(presents())).toEqual(new Set([Date.now()]));
    aheadMs = MONTH_MS;
    expect(new Set(presents())).toEqual(new Set([Date.now() + MONTH_MS]));
  });

  it('keeps given times, and otherwise behaves as Date', () => {
    const Shifted = shiftedDate(Date, () => MONTH_MS);
    expect(new Shifted(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(new Shifted('2026-02-28').getTime()).toBe(Date.UTC(2026, 1, 28));
    expect(new Shifted(2026, 1, 28).getFullYear()).toBe(2026);
    expect(Shifted.UTC(2026, 1, 28)).toBe(Date.UTC(2026, 1, 28));
    expect(Shifted.parse('2026-02-28')).toBe(Date.UTC(2026, 1, 28));
    expect(new Shifted()).toBeInstanceOf(Date);
    expect(new Date()).toBeInstanceOf(Shifted);
    expect(Object.prototype.toString.call(new Shifted())).toBe('[object Date]');
  });

  it('can be extended', () => {
    class Stamp extends shiftedDate(Date, () => MONTH_MS) {
      readonly mark = true;
    }
    expect(new Stamp()).toBeInstanceOf(Stamp);
    expect(new Stamp().getTime()).toBe(Date.now() + MONTH_MS);
  });
});
