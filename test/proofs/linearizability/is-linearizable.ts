/** A call and its answer, as a step of a sequential machine. */
export interface HistoryEvent<State> {
  /** Time of the call, and of its answer; a call without an answer may take effect at any later time. */
  readonly from: number;
  readonly to: number;
  /** Whether it may have had no effect at all. */
  readonly isOptional: boolean;
  /** The next state, if a machine in this state would have given this answer; otherwise `undefined`. */
  readonly step: (state: State) => State | undefined;
}

/** Maximum states per search, so that no history takes forever. */
const MOST_VISITS = 1_000_000;

/**
 * Whether an order of the events exists in which a sequential machine would have given every one of these
 * answers, and in which no event precedes another that was answered before it was called.
 *
 * Depth first over (events done, state), each pair once. States are compared by their JSON.
 *
 * Sources: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993); Lowe, "Testing for
 * Linearizability" (2017) for the cache of visited states.
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
    // A call answered before another was sent comes before it.
    const firstAnswer = Math.min(...events.map(({ to }, index) => (isDone[index] ? Infinity : to)));
    return events.some((event, index) => {
      if (isDone[index] || event.from > firstAnswer) return false;
      const next = event.step(state);
      // A call without effect must be passable, or its answer would block every later call.
      const outcomes = [...(next === undefined ? [] : [next]), ...(event.isOptional ? [state] : [])];
      isDone[index] = true;
      const isFound = outcomes.some(search);
      isDone[index] = false;
      return isFound;
    });
  };
  return search(initial);
}
