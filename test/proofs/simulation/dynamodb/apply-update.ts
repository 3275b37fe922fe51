import {
  type Attribute,
  type AttributeMap,
  attributeAt,
  isMap,
  isNumber,
  isSet,
  sumOf,
} from './attribute.ts';
import { evaluate, type Placeholders, resolve } from './evaluate.ts';
import type { Assignment, SetChange, Update } from './expression.ts';
import { invalid } from './refusals.ts';

/** The item after an update. Every right-hand side is read from the previous item. */
export function applyUpdate(item: AttributeMap, update: Update, placeholders: Placeholders): AttributeMap {
  const writes = update.assignments.map((assignment) => ({
    path: resolve(assignment.path, placeholders),
    value: assigned(assignment, item, placeholders),
  }));
  const removals = update.removals.map((path) => resolve(path, placeholders));
  const sets = update.setChanges.map((change) => ({
    path: resolve(change.path, placeholders),
    value: changedSet(change, item, placeholders),
  }));
  for (const path of [...[...writes, ...sets].map((write) => write.path), ...removals]) {
    const parent = attributeAt(item, path.slice(0, -1));
    if (!isMap(parent))
      throw invalid('The document path provided in the update expression is invalid for update');
  }
  let next = item;
  for (const { path, value } of [...writes, ...sets]) next = withAttribute(next, path, value);
  for (const path of removals) next = withAttribute(next, path, undefined);
  return next;
}

/** An empty set is no attribute. */
function changedSet(
  { path, isAdded, texts }: SetChange,
  item: AttributeMap,
  placeholders: Placeholders,
): ReadonlySet<string> | undefined {
  const old = attributeAt(item, resolve(path, placeholders)) ?? new Set();
  const change = evaluate(texts, item, placeholders);
  if (!isSet(old) || !isSet(change)) {
    throw invalid('An operand in the update expression has an incorrect data type');
  }
  const next = new Set([...old].filter((text) => isAdded || !change.has(text)));
  if (isAdded) for (const text of change) next.add(text);
  return next.size === 0 ? undefined : next;
}

function assigned({ left, change }: Assignment, item: AttributeMap, placeholders: Placeholders): Attribute {
  const value = present(evaluate(left, item, placeholders));
  if (!change) return value;
  const by = present(evaluate(change.by, item, placeholders));
  if (!isNumber(value) || !isNumber(by)) {
    throw invalid('An operand in the update expression has an incorrect data type');
  }
  return sumOf(value, change.sign === '+' ? by : -by);
}

function present(value: Attribute | undefined): Attribute {
  if (value !== undefined) return value;
  throw invalid('The provided expression refers to an attribute that does not exist in the item');
}

/** A copy with an attribute set or removed at a path; everything else is shared. */
function withAttribute(
  map: AttributeMap,
  [name = '', ...below]: readonly string[],
  value: Attribute | undefined,
): AttributeMap {
  const old = Object.hasOwn(map, name) ? map[name] : undefined;
  const inner = below.length === 0 ? value : isMap(old) ? withAttribute(old, below, value) : old;
  if (inner !== undefined) return { ...map, [name]: inner };
  const { [name]: _, ...others } = map;
  return others;
}
