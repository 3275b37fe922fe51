/** The counts of some histories: without them a run without a violation proves nothing. */
export interface Tally {
  readonly histories: number;
  /** Such as `consume: denied`, or `throttled`. */
  readonly replies: Readonly<Record<string, number>>;
  readonly fates: Readonly<Record<string, number>>;
  /** Seeds of histories that broke a promise, and its text. */
  readonly broken: readonly { readonly seed: number; readonly text: string }[];
}

export const EMPTY: Tally = { histories: 0, replies: {}, fates: {}, broken: [] };

export function sumTallies(a: Tally, b: Tally): Tally {
  return {
    histories: a.histories + b.histories,
    replies: sumCounts(a.replies, b.replies),
    fates: sumCounts(a.fates, b.fates),
    broken: [...a.broken, ...b.broken],
  };
}

function sumCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>) {
  const sums = { ...a };
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
