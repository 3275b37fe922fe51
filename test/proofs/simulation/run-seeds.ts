import { writeScript } from './script.ts';
import { type Sabotage, simulate } from './simulate.ts';
import type { Tally } from './tally.ts';

/** Runs the histories of some seeds, one after the other. */
export async function runSeeds(seeds: Iterable<number>, sabotage?: Sabotage): Promise<Tally> {
  const replies: Record<string, number> = {};
  const fates: Record<string, number> = {};
  const broken: { seed: number; text: string }[] = [];
  let histories = 0;
  const count = (kind: 'fate' | 'reply', name: string) => {
    const counts = kind === 'fate' ? fates : replies;
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const seed of seeds) {
    const [violation] = await simulate(writeScript(seed), { count, sabotage });
    if (violation) broken.push({ seed, text: `${violation.promised}: ${violation.text}` });
    histories += 1;
  }
  return { histories, replies, fates, broken };
}

/** The first seed whose history breaks a promise; `undefined`: none. */
export async function firstBroken(seeds: Iterable<number>, sabotage?: Sabotage): Promise<number | undefined> {
  for (const seed of seeds) {
    if ((await simulate(writeScript(seed), { sabotage })).length > 0) return seed;
  }
  return undefined;
}

export function* seedsFrom(from: number, count: number, step = 1): Generator<number> {
  for (let index = 0; index < count; index += 1) yield from + index * step;
}
