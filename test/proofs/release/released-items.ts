import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { LAYOUT } from '../../../shared/contract.ts';
import { kindOf } from './item-kinds.ts';

export type StoredItem = Readonly<Record<string, AttributeValue>>;

const RELEASED = join(import.meta.dirname, 'released');
const itemsFile = (layout: number) => join(RELEASED, `items-of-layout-${layout}.jsonl`);

/** The layouts that this release reads and that a release wrote; its own is recorded with the release. */
export const RELEASED_LAYOUTS = LAYOUT.readable.filter((layout) => existsSync(itemsFile(layout)));

/** The items that the last release of a layout wrote, in the JSON of DynamoDB's API. */
export function releasedItems(layout: number): StoredItem[] {
  return lines(itemsFile(layout)) as StoredItem[]; // `run.ts` wrote them
}

/** The results of reading them by the code of that release. */
export function releasedReads(layout: number): Record<string, unknown> {
  return Object.fromEntries(lines(join(RELEASED, `read-of-layout-${layout}.jsonl`)) as [string, unknown][]); // as above
}

function lines(file: string): unknown[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The names of the attributes of items, by kind, as `<kind>: <attribute>`. */
export function attributesByKind(items: readonly StoredItem[]): Set<string> {
  return new Set(items.flatMap((item) => Object.keys(item).map((name) => `${kindOfItem(item)}: ${name}`)));
}

export function kindOfItem({ pk, sk }: StoredItem): string | undefined {
  return kindOf(pk?.S ?? '', sk?.S ?? '');
}
