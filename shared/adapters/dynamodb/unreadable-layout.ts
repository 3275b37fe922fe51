import { isReadable, LAYOUT, unreadableLayout } from '../../contract.ts';

/** Data has a layout that this release does not read: another release wrote it. No retry helps. */
export class UnreadableLayout extends Error {
  override readonly name = 'UnreadableLayout';
}

/** @throws UnreadableLayout */
export function rejectUnreadable(what: string, layout: number): void {
  if (!isReadable(layout)) throw new UnreadableLayout(unreadableLayout(what, layout));
}

/** The layout of one item; without the attribute, which costs bytes, the first one. */
export interface ItemLayout {
  readonly [LAYOUT.itemAttribute]?: number;
}

/** @throws UnreadableLayout */
export function rejectUnreadableItem(item: ItemLayout, what: string): void {
  rejectUnreadable(what, item[LAYOUT.itemAttribute] ?? LAYOUT.default);
}
