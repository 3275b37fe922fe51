import { TokenReader } from './tokens.ts';

/** A path of names, with their placeholders. */
export type Path = readonly string[];

export interface Value {
  readonly kind: 'value';
  readonly placeholder: string;
}

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | Value
  | { readonly kind: 'size'; readonly path: Path }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Value };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';
const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Condition[] }
  | { readonly kind: 'not'; readonly term: Condition }
  | { readonly kind: 'exists' | 'not_exists'; readonly path: Path }
  | { readonly kind: 'begins_with'; readonly path: Path; readonly prefix: Operand }
  | { readonly kind: 'between'; readonly value: Operand; readonly low: Operand; readonly high: Operand }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Operand;
      readonly right: Operand;
    };

export interface Assignment {
  readonly path: Path;
  readonly left: Operand;
  /** The operand added to or subtracted from `left`, if any. */
  readonly change?: { readonly sign: '+' | '-'; readonly by: Operand };
}

/** Elements added to a set, or deleted from it. */
export interface SetChange {
  readonly path: Path;
  readonly isAdded: boolean;
  readonly texts: Value;
}

export interface Update {
  readonly assignments: readonly Assignment[];
  readonly removals: readonly Path[];
  readonly setChanges: readonly SetChange[];
}

/** `attribute_exists(a.b) AND (c < :v OR NOT size(d) = :n)`, as far as this service uses conditions. */
export function parseCondition(text: string): Condition {
  return whole(text, parseOr);
}

/**
 * `SET a = b + :v, c.#d = if_not_exists(c.#d, :w) REMOVE e, f.#g ADD h :i DELETE j :k`, the last two of sets.
 */
export function parseUpdate(text: string): Update {
  return whole(text, (reader) => {
    const assignments: Assignment[] = [];
    const removals: Path[] = [];
    const setChanges: SetChange[] = [];
    while (!reader.isAtEnd) {
      if (reader.skip('SET')) assignments.push(...listOf(reader, parseAssignment));
      else if (reader.skip('REMOVE')) removals.push(...listOf(reader, parsePath));
      else if (reader.skip('ADD')) setChanges.push(...listOf(reader, (next) => parseSetChange(next, true)));
      else if (reader.skip('DELETE'))
        setChanges.push(...listOf(reader, (next) => parseSetChange(next, false)));
      else throw reader.unknown();
    }
    return { assignments, removals, setChanges };
  });
}

function whole<T>(text: string, parse: (reader: TokenReader) => T): T {
  const reader = new TokenReader(text);
  const result = parse(reader);
  if (!reader.isAtEnd) throw reader.unknown();
  return result;
}

function listOf<T>(reader: TokenReader, parse: (reader: TokenReader) => T): T[] {
  const list = [parse(reader)];
  while (reader.skip(',')) list.push(parse(reader));
  return list;
}

function parseOr(reader: TokenReader): Condition {
  const terms = [parseAnd(reader)];
  while (reader.skip('OR')) terms.push(parseAnd(reader));
  const [only] = terms;
  return terms.length === 1 && only ? only : { kind: 'or', terms };
}

function parseAnd(reader: TokenReader): Condition {
  const terms = [parseTerm(reader)];
  while (reader.skip('AND')) terms.push(parseTerm(reader));
  const [only] = terms;
  return terms.length === 1 && only ? only : { kind: 'and', terms };
}

function parseTerm(reader: TokenReader): Condition {
  if (reader.skip('NOT')) return { kind: 'not', term: parseTerm(reader) };
  if (reader.skip('(')) return closed(reader, parseOr(reader));
  if (call(reader, 'attribute_exists')) return closed(reader, { kind: 'exists', path: parsePath(reader) });
  if (call(reader, 'attribute_not_exists')) {
    return closed(reader, { kind: 'not_exists', path: parsePath(reader) });
  }
  if (call(reader, 'begins_with')) {
    const path = parsePath(reader);
    reader.expect(',');
    return closed(reader, { kind: 'begins_with', path, prefix: parseOperand(reader) });
  }
  return parseComparison(reader);
}

function parseComparison(reader: TokenReader): Condition {
  const left = parseOperand(reader);
  if (reader.skip('BETWEEN')) {
    const low = parseOperand(reader);
    reader.expect('AND');
    return { kind: 'between', value: left, low, high: parseOperand(reader) };
  }
  const { text } = reader.take();
  if (!COMPARATORS.includes(text)) throw reader.unknown();
  return { kind: 'compare', comparator: text as Comparator, left, right: parseOperand(reader) }; // one of them
}

function parseAssignment(reader: TokenReader): Assignment {
  const path = parsePath(reader);
  reader.expect('=');
  const left = parseOperand(reader);
  for (const sign of ['+', '-'] as const) {
    if (reader.skip(sign)) return { path, left, change: { sign, by: parseOperand(reader) } };
  }
  return { path, left };
}

function parseSetChange(reader: TokenReader, isAdded: boolean): SetChange {
  return { path: parsePath(reader), isAdded, texts: parseValue(reader) };
}

function parseOperand(reader: TokenReader): Operand {
  if (call(reader, 'size')) return closed(reader, { kind: 'size', path: parsePath(reader) });
  if (call(reader, 'if_not_exists')) {
    const path = parsePath(reader);
    reader.expect(',');
    return closed(reader, { kind: 'if_not_exists', path, otherwise: parseValue(reader) });
  }
  if (reader.next?.kind === 'value') return parseValue(reader);
  return { kind: 'path', path: parsePath(reader) };
}

function parseValue(reader: TokenReader): Value {
  const { kind, text } = reader.take();
  if (kind !== 'value') throw reader.unknown();
  return { kind, placeholder: text };
}

function parsePath(reader: TokenReader): Path {
  const path: string[] = [];
  do {
    const { kind, text } = reader.take();
    if (kind !== 'word' && kind !== 'name') throw reader.unknown();
    path.push(text);
  } while (reader.skip('.'));
  return path;
}

function call(reader: TokenReader, name: string): boolean {
  const isCalled = reader.reads(name, '(');
  if (isCalled) {
    reader.take();
    reader.take();
  }
  return isCalled;
}

function closed<T>(reader: TokenReader, result: T): T {
  reader.expect(')');
  return result;
}
