/**
 * The layout of the table: the keys and attributes of every kind of item, as one number. A release whose
 * items an older release cannot read raises it; the table has the number in one item. A release starts only
 * on a layout that it reads.
 */
export const LAYOUT = {
  /** What this release writes. */
  current: 1,
  /** What this release reads, ascending. */
  readable: [1],
  /** The table's own number, without the item: it is older than the item, or new. */
  default: 1,
  /** The item with the table's number, and its attribute. */
  key: { pk: 'LAYOUT', sk: 'LAYOUT' },
  attribute: 'layout',
  /** The attribute of an item whose layout is not the first. */
  itemAttribute: 'ly',
} as const;

/** Whether this release reads a layout. */
export function isReadable(layout: number): boolean {
  return LAYOUT.readable.some((readable) => readable === layout);
}

/** Why a release does not start on data, and the two remedies. */
export function unreadableLayout(what: string, layout: number): string {
  return `${what} has layout ${layout}, and this release reads ${LAYOUT.readable.join(' and ')}`;
}
