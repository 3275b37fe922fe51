import { createHash } from 'node:crypto';
import { ENTRY_FIELDS } from './cache-scripts.ts';

/** One kind of cached data: where it stands, how long, and as what. */
export interface CacheKind<V> {
  readonly name: string;
  /** Raised whenever `encode` changes what it makes: an entry of another format is a miss. @default 1 */
  readonly format?: number;
  readonly keyOf: (id: string) => string;
  readonly ttlMs: number;
  /** To and from what JSON can hold. */
  readonly encode: (value: V) => unknown;
  readonly decode: (data: unknown) => V;
}

/** What a load found. `value: undefined` with version 0 says that there is nothing yet, which is worth caching too. */
export interface Loaded<V> {
  readonly value: V | undefined;
  readonly version: number;
  /** When it was read, or came to be (epoch ms). */
  readonly asOf: number;
  /** A number that belongs to the value and is counted on while it is cached, and what it is about. */
  readonly figure?: Figure;
}

export interface Figure {
  readonly about: string;
  readonly count: number;
}

/** A value as it came out of Redis. */
export interface StoredEntry<V> extends Loaded<V> {
  readonly filledAt: number;
  readonly costMs: number;
}

/** The values of `ENTRY_FIELDS`, in their order. */
export function encodeEntry<V>(
  kind: CacheKind<V>,
  id: string,
  { value, version, asOf, figure }: Loaded<V>,
  { filledAt, costMs }: { readonly filledAt: number; readonly costMs: number },
): string[] {
  const text = value === undefined ? 'null' : JSON.stringify(kind.encode(value));
  const fields = {
    v: version,
    x: text,
    s: sealOf(kind, id, text),
    a: asOf,
    f: filledAt,
    c: costMs,
    n: figure?.count ?? 0,
    t: figure?.about ?? '',
  };
  return ENTRY_FIELDS.map((name) => String(fields[name]));
}

/** Reads the values of `ENTRY_FIELDS`; `undefined` for whatever was not written for this id by this code. */
export function decodeEntry<V>(
  kind: CacheKind<V>,
  id: string,
  fields: readonly unknown[],
): StoredEntry<V> | undefined {
  const [version, text, seal, asOf, filledAt, costMs, count, about] = fields;
  if (typeof text !== 'string' || seal !== sealOf(kind, id, text) || typeof about !== 'string')
    return undefined;
  const numbers = [version, asOf, filledAt, costMs, count].map((field) => wholeNumber(field));
  if (!numbers.every((number) => number !== undefined)) return undefined;
  const [v = 0, a = 0, f = 0, c = 0, n = 0] = numbers;
  const data: unknown = JSON.parse(text); // sealed: it is what was written
  return {
    value: data === null ? undefined : kind.decode(data),
    version: v,
    asOf: a,
    filledAt: f,
    costMs: c,
    figure: { about, count: n },
  };
}

/**
 * Binds a text to its kind, format and id: one that was cut, changed, moved to another key or written in another format
 * does not pass. It keeps accidents out, not attackers.
 */
function sealOf(
  { name, format }: Pick<CacheKind<unknown>, 'name' | 'format'>,
  id: string,
  text: string,
): string {
  return createHash('sha256')
    .update(JSON.stringify([name, format, id]) + text)
    .digest('base64url')
    .slice(0, 16);
}

function wholeNumber(field: unknown): number | undefined {
  const number = typeof field === 'string' && field !== '' ? Number(field) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}
