import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { firstBroken, seedsFrom } from './run-seeds.ts';

const MOST_SEEDS = 1_200;

describe('The simulation detects it when', () => {
  it.each(Object.entries(MUTANTS))('%s', { timeout: 300_000 }, async (_, sabotage) => {
    expect(await firstBroken(seedsFrom(1, MOST_SEEDS), sabotage)).toBeDefined();
  });
});
