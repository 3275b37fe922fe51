import { typeOf } from './attribute.ts';
import { type Placeholders, resolve } from './evaluate.ts';
import type { Condition, Operand, Update } from './expression.ts';
import { invalid } from './refusals.ts';

/** The types with an order, so comparable by more than equality. */
const ORDERED: readonly string[] = ['S', 'N'];
const KEY_ATTRIBUTES: readonly (string | undefined)[] = ['pk', 'sk'];

/** Refuses placeholders that no expression uses, as DynamoDB does. (Undefined ones are refused when read.) */
export function refuseUnused(texts: readonly (string | undefined)[], { names, values }: Placeholders): void {
  const used = new Set(texts.flatMap((text) => (text === undefined ? [] : placeholdersIn(text))));
  for (const placeholder of [...Object.keys(names), ...Object.keys(values)]) {
    if (!used.has(placeholder)) throw invalid(`${placeholder} is not used`);
  }
}

const found = new Map<string, readonly string[]>();

function placeholdersIn(text: string): readonly string[] {
  const known = found.get(text) ?? text.match(/[#:]\w+/g) ?? [];
  found.set(text, known);
  return known;
}

/** Refuses errors that are visible without an item. */
export function refuseImpossible(
  { condition, update }: { condition?: Condition | undefined; update?: Update | undefined },
  placeholders: Placeholders,
): void {
  if (condition) refuseTypes(condition, placeholders);
  if (!update) return;
  for (const { left, change } of update.assignments) {
    for (const operand of change ? [left, change.by] : []) refuseUnlessNumber(operand, placeholders);
  }
  const written = [...update.assignments, ...update.setChanges].map(({ path }) => path);
  const paths = [...written, ...update.removals].map((path) => resolve(path, placeholders));
  for (const path of paths) {
    if (KEY_ATTRIBUTES.includes(path[0])) throw invalid('a part of the key cannot be updated');
  }
  refuseOverlaps(paths);
}

function refuseOverlaps(paths: readonly (readonly string[])[]): void {
  const sorted = paths.map((path) => path.join('\u0000')).sort();
  sorted.forEach((path, index) => {
    const before = sorted[index - 1];
    if (before === undefined) return;
    if (path === before || path.startsWith(`${before}\u0000`)) throw invalid('two document paths overlap');
  });
}

function refuseTypes(condition: Condition, placeholders: Placeholders): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const term of condition.terms) refuseTypes(term, placeholders);
      return;
    case 'not':
      refuseTypes(condition.term, placeholders);
      return;
    case 'begins_with':
      if (literalType(condition.prefix, placeholders) !== 'S') throw invalid('a prefix is a string');
      return;
    case 'between':
      refuseUnlessOrdered([condition.value, condition.low, condition.high], placeholders);
      return;
    case 'compare':
      refuseSame(condition.left, condition.right, placeholders);
      if (condition.comparator !== '=' && condition.comparator !== '<>') {
        refuseUnlessOrdered([condition.left, condition.right], placeholders);
      }
  }
}

function refuseSame(left: Operand, right: Operand, placeholders: Placeholders): void {
  if (left.kind !== 'path' || right.kind !== 'path') return;
  const [one, other] = [left, right].map(({ path }) => resolve(path, placeholders).join('\u0000'));
  if (one === other) throw invalid('nothing is compared with itself');
}

function refuseUnlessOrdered(operands: readonly Operand[], placeholders: Placeholders): void {
  for (const operand of operands) {
    const type = literalType(operand, placeholders);
    if (type !== undefined && !ORDERED.includes(type)) throw invalid(`${type} has no order`);
  }
}

function refuseUnlessNumber(operand: Operand, placeholders: Placeholders): void {
  const type = literalType(operand, placeholders);
  if (type !== undefined && type !== 'N') throw invalid(`${type} cannot be added or taken away`);
}

/** The type of an operand by itself; `undefined` if it depends on the item. */
function literalType(operand: Operand, { values }: Placeholders): string | undefined {
  if (operand.kind === 'size') return 'N';
  const value = operand.kind === 'value' ? values[operand.placeholder] : undefined;
  return value === undefined ? undefined : typeOf(value);
}
