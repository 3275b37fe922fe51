import { describe, expect, it } from 'vitest';
import { closesTheWindow, DEDUPE_WINDOW } from '../../../shared/domain/dedupe-window.ts';

describe('the dedupe window', () => {
  it('is closed by the constants that are in use', () => {
    expect(closesTheWindow(DEDUPE_WINDOW)).toBe(true);
  });

  it('is open where retention is no longer than freshness, skew and budget together', () => {
    expect(closesTheWindow({ ...DEDUPE_WINDOW, retentionMs: 4_000 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, budgetMs: 3_000 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, freshMs: 2_000 })).toBe(false);
    expect(closesTheWindow({ ...DEDUPE_WINDOW, clockSkewMs: 2_000 })).toBe(false);
  });
});
