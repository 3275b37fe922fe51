import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { firstBroken, seedsFrom } from './run-seeds.ts';
import { writeScript } from './script.ts';
import { shrink } from './shrink.ts';
import { writeStory } from './story.ts';

const TIMEOUT_MS = 300_000;

describe('A simulated history', { timeout: TIMEOUT_MS }, () => {
  it.each([1, 2, 3, 40, 500])('of seed %i is reproducible', async (seed) => {
    const [once, again] = [await writeStory(writeScript(seed)), await writeStory(writeScript(seed))];
    expect(again.lines).toEqual(once.lines);
    expect(again.digest).toBe(once.digest);
    expect((await writeStory(writeScript(seed + 1))).digest).not.toBe(once.digest);
  });

  it('that broke a promise shrinks to a few acts, which break the same one every time', async () => {
    const bug = MUTANTS['the debit does not check the remaining units'];
    const seed = await firstBroken(seedsFrom(1, 200), bug);
    expect(seed).toBeDefined();
    const script = await shrink(writeScript(seed ?? 0), bug);
    expect(script.acts.length).toBeLessThanOrEqual(3);
    const { lines, violations, digest } = await writeStory(script, bug);
    expect(violations[0]?.promised).toBe('never over the limit');
    expect(lines.at(-1)).toContain('BROKEN');
    expect(lines.length).toBeLessThan(80);
    expect((await writeStory(script, bug)).digest).toBe(digest);
  });
});
