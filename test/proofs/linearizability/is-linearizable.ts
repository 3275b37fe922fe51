/** Something that was called and what it was answered, as a step of a sequential machine. */
export interface HistoryEvent<State> {
  /** When it was called, and when it was answered; a call without an answer may take effect at any later time. */
  readonly from: number;
  readonly to: number;
  /** Whether it may have had no effect at all. */
  readonly isOptional: boolean;
  /** The state after it, where a machine in this state would have answered so; otherwise `undefined`. */
  readonly step: (state: State) => State | undefined;
}

/** States that a search may visit before it gives up, so that no history takes for ever. */
const MOST_VISITS = 1_000_000;

/**
 * Whether there is an order of the events in which a sequential machine would have answered every one just so, and in which
 * no event comes before another that was answered before it was called.
 *
 * Depth first over (events done, state), each pair once. States are compared by their JSON.
 *
 * Sources: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993); Lowe, "Testing for Linearizability" (2017) for
 * the memory of what was visited.
 */
export function isLinearizable<State>(initial: State, events: readonly HistoryEvent<State>[]): boolean {
  const visited = new Set<string>();
  const isDone = events.map(() => false);

  const search = (state: State): boolean => {
    if (events.every(({ isOptional }, index) => isOptional || isDone[index])) return true;
    const key = isDone.map(Number).join('') + JSON.stringify(state);
    if (visited.has(key)) return false;
    if (visited.size >= MOST_VISITS) throw new Error('the history has too many orders to try them all');
    visited.add(key);
    // Whoever was answered before another was called comes before it.
    const firstAnswer = Math.min(...events.map(({ to }, index) => (isDone[index] ? Infinity : to)));
    return events.some((event, index) => {
      if (isDone[index] || event.from > firstAnswer) return false;
      const next = event.step(state);
      // One without effect has to be left behind, or its answer would hold up everything that was called later.
      const outcomes = [...(next === undefined ? [] : [next]), ...(event.isOptional ? [state] : [])];
      isDone[index] = true;
      const isFound = outcomes.some(search);
      isDone[index] = false;
      return isFound;
    });
  };
  return search(initial);
}
