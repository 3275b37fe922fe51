import fc from 'fast-check';
import type { AttributeMap } from './attribute.ts';
import type { Expressions } from './memory-table.ts';

/** A request on one item, stored as `item` or missing. */
export interface RandomWrite {
  readonly item: AttributeMap | undefined;
  readonly kind: 'put' | 'update' | 'delete';
  readonly replacement: AttributeMap;
  readonly expressions: Expressions;
}

/**
 * `one`, `two`: values. `box`, `crate`: maps that may hold them. One is a name that every object inherits.
 */
const LEAVES = ['one', 'two', 'constructor'] as const;
const number = fc.constantFrom(-1, 0, 1, 2, 1_500_000_000_000, 4_000_000_000_000_000);
const text = fc.constantFrom('', 'a', 'ab', 'ä', '€', '😀', '1');
const scalar = fc.oneof(
  { weight: 6, arbitrary: number },
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null) },
);
const leaf = fc.oneof(
  { weight: 8, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
);
const leaves = fc.dictionary(fc.constantFrom(...LEAVES), leaf, { noNullPrototype: true, maxKeys: 3 });
const item: fc.Arbitrary<AttributeMap> = fc
  .tuple(
    leaves,
    fc.record(
      { box: fc.oneof({ weight: 6, arbitrary: leaves }, { weight: 1, arbitrary: scalar }) },
      { requiredKeys: [] },
    ),
    fc.record({ crate: fc.record({ box: leaves }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    // The due index' attribute: a number, or the write is refused.
    fc.record(
      { d: fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: text }) },
      { requiredKeys: [] },
    ),
  )
  .map((parts) => Object.assign({}, ...parts));

/** A part of an expression, with its placeholders. */
interface Piece {
  readonly text: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

const plain = (words: string): Piece => ({ text: words, names: {}, values: {} });

/** Joins pieces, each with its own placeholders. */
function join(pieces: readonly Piece[], between: string): Piece {
  return {
    text: pieces.map((piece) => piece.text).join(between),
    names: Object.assign({}, ...pieces.map(({ names }) => names)),
    values: Object.assign({}, ...pieces.map(({ values }) => values)),
  };
}

const wrap = (before: string, piece: Piece, after = ')'): Piece => ({
  ...piece,
  text: `${before}${piece.text}${after}`,
});

const path: fc.Arbitrary<Piece> = fc
  .tuple(fc.constantFrom('', '', 'box.', 'crate.box.'), fc.constantFrom(...LEAVES), fc.boolean())
  .map(([parents, name, isNamed]) =>
    isNamed || name === 'constructor'
      ? { text: `${parents}#${name}`, names: { [`#${name}`]: name }, values: {} }
      : plain(`${parents}${name}`),
  );
const anyPath = fc.oneof(
  { weight: 9, arbitrary: path },
  { weight: 2, arbitrary: fc.constantFrom(plain('box'), plain('crate'), plain('crate.box'), plain('d')) },
);

const valueAmong = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Piece> =>
  fc
    .tuple(fc.nat(999_999_999), arbitrary)
    .map(([id, value]) => ({ text: `:v${id}`, names: {}, values: { [`:v${id}`]: value } }));
const value = valueAmong(leaf);
const numberValue = valueAmong(
  fc.oneof({ weight: 19, arbitrary: fc.constantFrom(0, 1, 5, 7_000) }, { weight: 1, arbitrary: text }),
);
const size = anyPath.map((piece) => wrap('size(', piece));
const operand = fc.oneof({ weight: 4, arbitrary: path }, { weight: 1, arbitrary: size });

const comparison: fc.Arbitrary<Piece> = fc
  .tuple(
    operand,
    fc.constantFrom(' = ', ' <> ', ' < ', ' <= ', ' > ', ' >= '),
    fc.oneof({ weight: 3, arbitrary: value }, { weight: 1, arbitrary: operand }),
    fc.boolean(),
  )
  .map(([left, comparator, right, isTurned]) => join(isTurned ? [right, left] : [left, right], comparator));
const existence = fc
  .tuple(fc.constantFrom('attribute_exists(', 'attribute_not_exists('), anyPath)
  .map(([name, piece]) => wrap(name, piece));
const prefix = fc.tuple(path, valueAmong(text)).map((pieces) => wrap('begins_with(', join(pieces, ', ')));
const between = fc
  .tuple(path, valueAmong(fc.constantFrom(-1, 0, 1)), valueAmong(fc.constantFrom(1, 2, 9)))
  .map(([piece, low, high]) => join([piece, join([low, high], ' AND ')], ' BETWEEN '));

/** Parentheses around parentheses are refused. */
function negated(piece: Piece): Piece {
  return piece.text.startsWith('(') ? wrap('NOT ', piece, '') : wrap('NOT (', piece);
}

/** Any condition that this service could write. */
export const anyCondition: fc.Arbitrary<Piece> = fc.letrec<{ any: Piece }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: comparison },
    { weight: 3, arbitrary: existence },
    { weight: 1, arbitrary: prefix },
    { weight: 1, arbitrary: between },
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.array(tie('any'), { minLength: 2, maxLength: 4 }), fc.constantFrom(' AND ', ' OR '))
        .map(([terms, word]) => wrap('(', join(terms, word))),
    },
    { weight: 3, arbitrary: tie('any').map(negated) },
  ),
})).any;

const ifNotExists = fc.tuple(path, numberValue).map((pieces) => wrap('if_not_exists(', join(pieces, ', ')));
const summand = fc.oneof(path, numberValue, ifNotExists);
const right = fc.oneof(
  { weight: 2, arbitrary: value },
  { weight: 1, arbitrary: fc.oneof(path, ifNotExists) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(summand, { minLength: 2, maxLength: 2 }), fc.constantFrom(' + ', ' - '))
      .map(([pair, sign]) => join(pair, sign)),
  },
);
const assignment = fc
  .tuple(fc.oneof({ weight: 9, arbitrary: path }, { weight: 1, arbitrary: anyPath }), right)
  .map((pair) => join(pair, ' = '));

/** Any update that this service could write. */
export const anyUpdate: fc.Arbitrary<Piece> = fc
  .tuple(
    fc.uniqueArray(assignment, {
      maxLength: 3,
      selector: ({ text }) => text.split(' ')[0]?.replace('#', ''),
    }),
    fc.array(path, { maxLength: 1 }),
  )
  .filter(([sets, removals]) => sets.length + removals.length > 0)
  .map(([sets, removals]) =>
    join(
      [
        ...(sets.length > 0 ? [wrap('SET ', join(sets, ', '), '')] : []),
        ...(removals.length > 0 ? [wrap('REMOVE ', join(removals, ', '), '')] : []),
      ],
      ' ',
    ),
  );

export const anyWrite: fc.Arbitrary<RandomWrite> = fc
  .record({
    item: fc.oneof(
      { weight: 6, arbitrary: item },
      { weight: 1, arbitrary: fc.constant<AttributeMap | undefined>(undefined) },
    ),
    kind: fc.constantFrom(
      'put' as const,
      'update' as const,
      'update' as const,
      'update' as const,
      'delete' as const,
    ),
    replacement: item,
    condition: fc.option(anyCondition, { nil: undefined, freq: 3 }),
    update: anyUpdate,
    isOldWanted: fc.boolean(),
    isUnusedThere: fc.nat(39).map((roll) => roll === 0),
  })
  .map(({ item, kind, replacement, condition, update, isOldWanted, isUnusedThere }) => {
    const pieces = [condition, kind === 'update' ? update : undefined].filter((piece) => piece !== undefined);
    const { names, values } = join(pieces, ' ');
    const all = isUnusedThere ? { ...values, ':unused': 1 } : values;
    return {
      item,
      kind,
      replacement,
      expressions: {
        ...(condition && { ConditionExpression: condition.text }),
        ...(kind === 'update' && { UpdateExpression: update.text }),
        ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
        ...(Object.keys(all).length > 0 && { ExpressionAttributeValues: all }),
        ...(isOldWanted && { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
      },
    };
  });

/** A query in one partition, or in one shard of the due index, and its items. */
export interface RandomQuery {
  readonly items: readonly { readonly sk: string; readonly d?: number }[];
  readonly index: boolean;
  readonly condition: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly isForward: boolean;
  readonly limit: number | undefined;
}

const sortKey = fc.constantFrom('A', 'B#1', 'B#2', 'B#20', 'C', 'ä', '😀');
const dueAt = fc.integer({ min: 1, max: 6 });

export const anyQuery: fc.Arbitrary<RandomQuery> = fc
  .record({
    items: fc.uniqueArray(fc.record({ sk: sortKey, d: dueAt }, { requiredKeys: ['sk'] }), {
      selector: ({ sk }) => sk,
    }),
    index: fc.boolean(),
    comparator: fc.constantFrom('=', '<', '<=', '>', '>=', 'BETWEEN', 'begins_with', undefined),
    texts: fc.tuple(sortKey, sortKey),
    numbers: fc.tuple(dueAt, dueAt),
    isForward: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  })
  .map(({ comparator, texts, numbers, ...query }) => {
    const { index } = query;
    // A range that ends before it begins is refused.
    const [one, other] = index ? [...numbers].sort() : [...texts].sort();
    const name = index ? 'd' : 'sk';
    if (comparator === undefined || (index && comparator === 'begins_with')) {
      return { ...query, condition: '', values: {} };
    }
    if (comparator === 'begins_with') {
      return { ...query, condition: ` AND begins_with(${name}, :one)`, values: { ':one': one } };
    }
    return comparator === 'BETWEEN'
      ? { ...query, condition: ` AND ${name} BETWEEN :one AND :two`, values: { ':one': one, ':two': other } }
      : { ...query, condition: ` AND ${name} ${comparator} :one`, values: { ':one': one } };
  });
