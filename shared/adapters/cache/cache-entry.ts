import { createHash } from 'node:crypto';
import { ENTRY_FIELDS } from './cache-scripts.ts';

/** One kind of cached data: its keys, TTL and encoding. */
export interface CacheKind<V> {
  readonly name: string;
  /** Raised whenever the output of `encode` changes: an entry of another format is a miss. @default 1 */
  readonly format?: number;
  readonly keyOf: (id: string) => string;
  readonly ttlMs: number;
  /** To and from JSON values. */
  readonly encode: (value: V) => unknown;
  readonly decode: (data: unknown) => V;
}

/**
 * The result of a load. `value: undefined` with version 0 means that nothing exists yet, which is cached too.
 */
export interface Loaded<V> {
  readonly value: V | undefined;
  readonly version: number;
  /** When it was read, or created (epoch ms). */
  readonly asOf: number;
  /** A number of the value that is incremented while cached, and its subject. */
  readonly figure?: Figure;
}

export interface Figure {
  readonly about: string;
  readonly count: number;
}

/** A value from Redis. */
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

/**
 * Decodes the values of `ENTRY_FIELDS`; `undefined` for an entry that this code did not write for this id.
 */
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
  const data: unknown = JSON.parse(text); // sealed, so unchanged
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
 * Binds a text to its kind, format and id, so that a truncated, changed, moved or otherwise formatted one is
 * rejected. It prevents accidents, not attacks.
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
