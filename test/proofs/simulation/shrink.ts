import { CALM } from './fault-profile.ts';
import type { Act, Script } from './script.ts';
import { type Sabotage, simulate } from './simulate.ts';

/** Most histories that shrinking runs. */
const MOST_TRIES = 1_500;

/**
 * Returns the shortest history found that breaks the same promise. Removes acts first, then kinds of faults,
 * then failing requests. A removal changes nothing else, since each part draws from a random source of its
 * own.
 *
 * Not fast-check: a script is made from a seed, so that a seed replays it in any version; fast-check shrinks
 * only values that its own arbitraries made, and knows nothing of acts that depend on earlier ones.
 */
export async function shrink(script: Script, sabotage?: Sabotage): Promise<Script> {
  const promised = (await simulate(script, { sabotage }))[0]?.promised;
  if (promised === undefined) return script;
  let tries = 0;
  const breaks = async (candidate: Script) => {
    tries += 1;
    if (tries > MOST_TRIES) return false;
    return (await simulate(candidate, { sabotage }))[0]?.promised === promised;
  };
  let smallest = script;
  for (let before = ''; before !== JSON.stringify(smallest); ) {
    before = JSON.stringify(smallest);
    smallest = await withFewerActs(smallest, breaks);
    for (const simpler of simplifications(smallest)) {
      const candidate = simpler(smallest);
      if (JSON.stringify(candidate) !== JSON.stringify(smallest) && (await breaks(candidate)))
        smallest = candidate;
    }
  }
  return smallest;
}

/** Removes halves, then quarters, then single acts ("delta debugging", Zeller and Hildebrandt). */
async function withFewerActs(
  script: Script,
  breaks: (candidate: Script) => Promise<boolean>,
): Promise<Script> {
  let { acts } = script;
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = acts.length - size; from > -size; from -= size) {
      const fewer = [...acts.slice(0, Math.max(0, from)), ...acts.slice(from + size)];
      if (fewer.length < acts.length && (await breaks({ ...script, acts: fewer }))) acts = fewer;
    }
  }
  return { ...script, acts };
}

type Simpler = (script: Script) => Script;

function simplifications({ acts, faultProfile }: Script): Simpler[] {
  const calmer = (Object.keys(faultProfile) as (keyof typeof faultProfile)[]).map(
    (name): Simpler =>
      (script) => ({ ...script, faultProfile: { ...script.faultProfile, [name]: CALM[name] } }),
  );
  const spare =
    (mark: string): Simpler =>
    (script) => ({ ...script, spared: [...new Set([...script.spared, mark])].sort() });
  const change =
    (number: number, plainer: Partial<Act>): Simpler =>
    (script) => ({
      ...script,
      acts: script.acts.map((act) => (act.number === number ? { ...act, ...plainer } : act)),
    });
  return [
    ...calmer,
    (script) => ({ ...script, isReceived: false }),
    (script) => ({ ...script, room: { room: 1_024, pruneAbove: 7 } }),
    (script) => ({ ...script, nodes: 1 }),
    (script) => ({ ...script, nodes: 2 }),
    spare('stream'),
    ...acts.flatMap(({ number }) => [
      spare(`act ${number}`),
      change(number, { isDoubled: false }),
      change(number, { againAfterMs: undefined }),
      change(number, { patienceMs: undefined }),
      change(number, { key: 'none' }),
    ]),
  ];
}
