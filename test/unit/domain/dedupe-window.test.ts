import { describe, expect, it } from 'vitest';
import { closesTheWindow, DEDUPE_WINDOW, nextFloor } from '../../../shared/domain/dedupe-window.ts';

const { floorLagMs, pruneEveryMs, clockSkewMs } = DEDUPE_WINDOW;
const NOW = Date.UTC(2033, 4, 10);

describe('the dedupe window', () => {
  it('is closed by the constants in use', () => {
    expect(closesTheWindow(DEDUPE_WINDOW)).toBe(true);
  });

  it('is open if a live call may be refused, or a lookup that missed the record is accepted', () => {
    expect(closesTheWindow({ ...DEDUPE_WINDOW, budgetMs: 3_000 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, floorLagMs: 2_000 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, pruneEveryMs: 3_500 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, clockSkewMs: 2_000 })).toBe(false);
  });

  it('the floor rises above the previous pruning, and stays behind the clock', () => {
    const first = nextFloor(0, NOW) ?? 0;
    expect(first).toBe(NOW - floorLagMs);
    expect(nextFloor(first, NOW + pruneEveryMs - 1)).toBeUndefined();
    expect(nextFloor(first, NOW + pruneEveryMs)).toBeGreaterThanOrEqual(NOW + clockSkewMs);
  });

  it('a pruner whose clock is behind does not lower the floor', () => {
    expect(nextFloor(NOW, NOW - 10_000)).toBeUndefined();
  });
});
