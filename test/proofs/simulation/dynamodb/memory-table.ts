import { INDEX, TABLE } from '../../../../shared/contract.ts';
import { applyUpdate } from './apply-update.ts';
import { type Attribute, type AttributeMap, compare, copyOf, isNumber, typeOf } from './attribute.ts';
import { holds, type Placeholders } from './evaluate.ts';
import { type Condition, parseCondition, parseUpdate, type Update } from './expression.ts';
import { conditionFailed, invalid } from './refusals.ts';
import { refuseImpossible, refuseUnused } from './validate.ts';

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The companions of an expression. */
export interface Expressions {
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
}

/** One write of one item: before and after; `undefined`: missing. */
export interface Written {
  readonly key: Key;
  readonly before: AttributeMap | undefined;
  readonly after: AttributeMap | undefined;
}

interface Image {
  /** When the item became so. */
  readonly since: number;
  readonly item: AttributeMap | undefined;
}

/** How many images of an item an inconsistent read may return. */
const IMAGES = 6;

/**
 * The table, in memory: items by key, conditions and updates as DynamoDB evaluates them, one write after the
 * other. It keeps earlier images for a while, since inconsistent reads, and every index, may lag behind.
 */
export class MemoryTable {
  readonly #partitions = new Map<string, Map<string, Image[]>>();
  /** Items that are, or once were, in an index. */
  readonly #indexed = new Set<Image[]>();
  readonly #now: () => number;
  readonly #onWrite: (written: Written) => void;

  constructor(now: () => number, onWrite: (written: Written) => void = () => {}) {
    this.#now = now;
    this.#onWrite = onWrite;
  }

  /** The item, as it was `lagMs` ago. */
  get({ pk, sk }: Key, lagMs = 0): AttributeMap | undefined {
    return imageAt(this.#partitions.get(pk)?.get(sk), this.#now() - lagMs);
  }

  /** All items of a partition key, by sort key. */
  partition(pk: string, lagMs = 0): AttributeMap[] {
    const at = this.#now() - lagMs;
    const images = [...(this.#partitions.get(pk) ?? [])].sort(([a], [b]) => compare(a, b) ?? 0);
    return images.map(([, image]) => imageAt(image, at)).filter((item) => item !== undefined);
  }

  /** All items of an index with this partition key, by the index' sort key, keys alone. */
  index(name: string, partitionKey: Attribute, lagMs: number): AttributeMap[] {
    const index = Object.values(INDEX).find((other) => other.name === name);
    if (!index) throw invalid(`there is no index ${name}`);
    const at = this.#now() - lagMs;
    const found: { sortKey: number | bigint; item: AttributeMap }[] = [];
    for (const images of this.#indexed) {
      const item = imageAt(images, at);
      const sortKey = item?.[index.sortKey];
      if (!item || item[index.partitionKey] !== partitionKey || !isNumber(sortKey)) continue;
      const { pk = '', sk = '' } = item;
      found.push({
        sortKey,
        item: { pk, sk, [index.partitionKey]: partitionKey, [index.sortKey]: sortKey },
      });
    }
    return found.sort((a, b) => compare(a.sortKey, b.sortKey) ?? 0).map(({ item }) => item);
  }

  /** Writes an item if its condition is true. Returns the previous item. */
  put(item: AttributeMap, expressions: Expressions = {}): AttributeMap | undefined {
    const { before } = this.prepare(item, expressions);
    this.#write(keyOf(item), before, item);
    return before;
  }

  delete(key: Key, expressions: Expressions = {}): void {
    const { before } = this.prepare(key, expressions);
    if (before) this.#write(key, before, undefined);
  }

  /** Changes an item, or creates one, if its condition is true. */
  update(key: Key, expressions: Expressions): AttributeMap {
    const { before, update, placeholders } = this.prepare(key, expressions);
    const item = before ?? { pk: key.pk, sk: key.sk };
    const after = update ? applyUpdate(item, update, placeholders) : item;
    refuseIndexTypes(after);
    this.#write(key, before, after);
    return after;
  }

  /** The item at the key of a write whose condition is true. Throws otherwise; nothing is written yet. */
  prepare(item: AttributeMap | Key, expressions: Expressions) {
    const { pk, sk } = keyOf(item);
    const { condition, update, placeholders } = read(expressions);
    refuseIndexTypes(item as AttributeMap); // a key is one, too
    const before = this.get({ pk, sk });
    if (condition && !holds(condition, before, placeholders)) {
      const isOldWanted = expressions.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
      throw conditionFailed(isOldWanted ? before : undefined);
    }
    return { before, update, placeholders };
  }

  #write(key: Key, before: AttributeMap | undefined, after: AttributeMap | undefined): void {
    const partition = this.#partitions.get(key.pk) ?? new Map<string, Image[]>();
    this.#partitions.set(key.pk, partition);
    const images = partition.get(key.sk) ?? [];
    images.push({ since: this.#now(), item: after });
    if (images.length > IMAGES) images.shift();
    partition.set(key.sk, images);
    if (after && INDEX_KEYS.some((name) => Object.hasOwn(after, name))) this.#indexed.add(images);
    this.#onWrite({ key, before, after });
  }
}

/** Parses a request's expressions; the document client marshals values, so they are copied here. */
export function read(expressions: Expressions): {
  condition?: Condition | undefined;
  update?: Update | undefined;
  placeholders: Placeholders;
} {
  const { UpdateExpression, ConditionExpression } = expressions;
  const placeholders = placeholdersOf(expressions);
  const condition =
    ConditionExpression === undefined
      ? undefined
      : remembered(conditions, ConditionExpression, parseCondition);
  const update =
    UpdateExpression === undefined ? undefined : remembered(updates, UpdateExpression, parseUpdate);
  refuseUnused([UpdateExpression, ConditionExpression], placeholders);
  refuseImpossible({ condition, update }, placeholders);
  return { condition, update, placeholders };
}

export function placeholdersOf(expressions: Expressions): Placeholders {
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = expressions;
  return { names, values: copyOf(values) as AttributeMap }; // a record stays one
}

const INDEX_KEYS = Object.values(INDEX).map(({ sortKey }) => sortKey);
const conditions = new Map<string, Condition>();
const updates = new Map<string, Update>();

export function remembered<T>(memory: Map<string, T>, text: string, parse: (text: string) => T): T {
  const parsed = memory.get(text) ?? parse(text);
  memory.set(text, parsed);
  return parsed;
}

export function keyOf(item: AttributeMap | Key): Key {
  const { [TABLE.partitionKey]: pk, [TABLE.sortKey]: sk } = item;
  if (typeof pk !== 'string' || typeof sk !== 'string' || pk === '' || sk === '') {
    throw invalid('an item has two keys, texts that are not empty');
  }
  return { pk, sk };
}

/** An attribute that is a key of an index has that key's type in every item, or is missing. */
function refuseIndexTypes(item: AttributeMap): void {
  for (const { partitionKey, partitionKeyType, sortKey } of Object.values(INDEX)) {
    for (const [name, type] of [
      [partitionKey, partitionKeyType],
      [sortKey, 'N'],
    ] as const) {
      const value = Object.hasOwn(item, name) ? item[name] : undefined;
      if (value !== undefined && typeOf(value) !== type)
        throw invalid(`${name} is a key of an index: ${type}`);
    }
  }
}

function imageAt(images: readonly Image[] | undefined, at: number): AttributeMap | undefined {
  const index = images?.findLastIndex(({ since }) => since <= at) ?? -1;
  return images?.[index]?.item;
}
