import { type Attribute, type AttributeMap, attributeAt, compare, isSame, sizeOf } from './attribute.ts';
import type { Condition, Operand, Path } from './expression.ts';
import { invalid } from './refusals.ts';

/** The values of an expression's placeholders. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: AttributeMap;
}

export function resolve(path: Path, { names }: Placeholders): string[] {
  return path.map((name) => {
    if (!name.startsWith('#')) return name;
    const meant = names[name];
    if (meant === undefined) throw invalid(`the name ${name} is not defined`);
    return meant;
  });
}

/** The value of an operand for an item; `undefined` for a missing attribute, or one without a size. */
export function evaluate(
  operand: Operand,
  item: AttributeMap | undefined,
  placeholders: Placeholders,
): Attribute | undefined {
  switch (operand.kind) {
    case 'value': {
      const value = placeholders.values[operand.placeholder];
      if (value === undefined) throw invalid(`the value ${operand.placeholder} is not defined`);
      return value;
    }
    case 'path':
      return attributeAt(item, resolve(operand.path, placeholders));
    case 'size': {
      const value = attributeAt(item, resolve(operand.path, placeholders));
      return value === undefined ? undefined : sizeOf(value);
    }
    case 'if_not_exists': {
      const present = attributeAt(item, resolve(operand.path, placeholders));
      return present ?? evaluate(operand.otherwise, item, placeholders);
    }
  }
}

/** Whether a condition is true for an item; a missing item has no attributes. */
export function holds(
  condition: Condition,
  item: AttributeMap | undefined,
  placeholders: Placeholders,
): boolean {
  const valueIn = (operand: Operand) => evaluate(operand, item, placeholders);
  switch (condition.kind) {
    case 'and':
      return condition.terms.every((term) => holds(term, item, placeholders));
    case 'or':
      return condition.terms.some((term) => holds(term, item, placeholders));
    case 'not':
      return !holds(condition.term, item, placeholders);
    case 'exists':
      return attributeAt(item, resolve(condition.path, placeholders)) !== undefined;
    case 'not_exists':
      return attributeAt(item, resolve(condition.path, placeholders)) === undefined;
    case 'begins_with': {
      const value = attributeAt(item, resolve(condition.path, placeholders));
      const prefix = valueIn(condition.prefix);
      return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix);
    }
    case 'between': {
      const { value, low, high } = condition;
      return isInOrder('<=', valueIn(low), valueIn(value)) && isInOrder('<=', valueIn(value), valueIn(high));
    }
    case 'compare':
      return isInOrder(condition.comparator, valueIn(condition.left), valueIn(condition.right));
  }
}

function isInOrder(
  comparator: Extract<Condition, { kind: 'compare' }>['comparator'],
  left: Attribute | undefined,
  right: Attribute | undefined,
): boolean {
  const isBoth = left !== undefined && right !== undefined;
  // A missing attribute differs from every value, and has no other relation.
  if (comparator === '<>') return !isBoth || !isSame(left, right);
  if (!isBoth) return false;
  if (comparator === '=') return isSame(left, right);
  const order = compare(left, right);
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}
