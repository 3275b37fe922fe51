import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A value of the document client, as far as this service stores it: only sets of texts, and no binaries. */
export type Attribute =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Attribute[]
  | ReadonlySet<string>
  | { readonly [name: string]: Attribute };
export type AttributeMap = { readonly [name: string]: Attribute };

export type AttributeType = 'S' | 'N' | 'BOOL' | 'NULL' | 'L' | 'SS' | 'M';

export function typeOf(value: Attribute): AttributeType {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return 'S';
  if (isNumber(value)) return 'N';
  if (typeof value === 'boolean') return 'BOOL';
  if (value instanceof Set) return 'SS';
  return Array.isArray(value) ? 'L' : 'M';
}

/** An integer that a JavaScript number would round is a `bigint`. */
export function isNumber(value: Attribute | undefined): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The sum of two numbers, exactly. */
export function sumOf(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum) || !Number.isInteger(sum)) return sum;
  }
  return shortest(BigInt(a) + BigInt(b));
}

function shortest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function isSet(value: Attribute | undefined): value is ReadonlySet<string> {
  return value instanceof Set;
}

export function isMap(value: Attribute | undefined): value is AttributeMap {
  return value !== undefined && typeOf(value) === 'M';
}

/** The attribute at a path of names; `undefined` if missing. */
export function attributeAt(item: AttributeMap | undefined, path: readonly string[]): Attribute | undefined {
  let value: Attribute | undefined = item;
  for (const name of path) {
    if (!isMap(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** Less than 0, 0, more than 0; `undefined` without an order: other types, or two types. */
export function compare(a: Attribute, b: Attribute): number | undefined {
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : Number(a > b);
  // By bytes of UTF-8, as DynamoDB sorts.
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return undefined;
}

export function isSame(a: Attribute, b: Attribute): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, index) => isSame(value, b[index] ?? null));
  }
  if (isSet(a) && isSet(b)) return a.size === b.size && [...a].every((text) => b.has(text));
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null))
  );
}

/** Bytes of a string, elements of a list, set or map; `undefined` for other types. */
export function sizeOf(value: Attribute): number | undefined {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value === null || typeof value !== 'object') return undefined;
  if (isSet(value)) return value.size;
  return Object.keys(value).length;
}

/**
 * An independent copy, without `undefined` values, as the marshaller makes it. Maps get another order, since
 * DynamoDB keeps none.
 */
export function copyOf(value: unknown): Attribute {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint') return shortest(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (value instanceof Set) return copyOfSet(value);
  if (typeof value !== 'object') throw new TypeError(`${typeof value} cannot be stored in a table`);
  const copy: Record<string, Attribute> = {};
  const names = Object.keys(value);
  for (let index = names.length - 1; index >= 0; index -= 1) {
    const name = names[index] ?? '';
    const inner = (value as Record<string, unknown>)[name]; // any object is a record of its properties
    if (inner !== undefined) copy[name] = copyOf(inner);
  }
  return copy;
}

function copyOfSet(set: ReadonlySet<unknown>): ReadonlySet<string> {
  const texts = [...set].filter((text) => typeof text === 'string');
  if (texts.length !== set.size || set.size === 0) throw new TypeError('a set has texts, and at least one');
  return new Set(texts);
}

/** The wire format of the value. */
export function wireOf(value: Attribute): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === 'string') return { S: value };
  if (isNumber(value)) return { N: String(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (isSet(value)) return { SS: [...value] };
  return Array.isArray(value) ? { L: value.map(wireOf) } : { M: wireMapOf(value as AttributeMap) }; // no list
}

export function wireMapOf(map: AttributeMap): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, wireOf(value)]));
}
