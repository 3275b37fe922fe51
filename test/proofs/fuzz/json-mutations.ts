import type { SeededRandom } from 'stripe-simulator/seeded-random';
import { AWKWARD_NAMES, AWKWARD_NUMBERS, AWKWARD_TEXTS, AWKWARD_VALUES } from './awkward-values.ts';
import { pick } from './valid-values.ts';

/** A mutated JSON text, and the flaw visible only in its text. */
export interface SpoiltJson {
  readonly text: string;
  readonly flaw?: string;
}

type Spoil = (value: unknown, random: SeededRandom) => SpoiltJson;

/** A string that no generator makes, to be replaced by text that is no JSON value. */
const PLACEHOLDER = '\u0001raw\u0001';

/** Mutations of a value before, during or after serialization. */
export const JSON_MUTATIONS: Readonly<Record<string, Spoil>> = {
  'another value': (value, random) => written(replaced(value, random, () => pick(AWKWARD_VALUES, random))),
  'another text': (value, random) => written(replaced(value, random, () => pick(AWKWARD_TEXTS, random))),
  'another number': (value, random) => {
    const text = JSON.stringify(replaced(value, random, () => PLACEHOLDER));
    return { text: text.replace(JSON.stringify(PLACEHOLDER), () => pick(AWKWARD_NUMBERS, random)) };
  },
  'a field less': (value, random) =>
    written(edited(value, random, (object, name) => Reflect.deleteProperty(object, name))),
  'a field more': (value, random) =>
    written(
      edited(value, random, (object) =>
        define(object, pick(AWKWARD_NAMES, random), pick(AWKWARD_VALUES, random)),
      ),
    ),
  'a field renamed': (value, random) =>
    written(
      edited(value, random, (object, name) => {
        define(object, pick(AWKWARD_NAMES, random), Reflect.get(object, name));
        Reflect.deleteProperty(object, name);
      }),
    ),
  wrapped: (value, random) =>
    written(replaced(value, random, (old) => (random.chance(0.5) ? [old] : { value: old }))),
  nested: (value, random) => {
    const depth = pick([14, 15, 16, 17, 100, 5_000], random);
    const deep = `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const text = JSON.stringify(replaced(value, random, () => PLACEHOLDER));
    return { text: text.replace(JSON.stringify(PLACEHOLDER), deep) };
  },
  'a field twice': (value, random) => {
    const text = JSON.stringify(value);
    const [name, first] = pick(Object.entries(Object(value)).concat([['userId', 'fuzz-1']]), random);
    const again = `${JSON.stringify(name)}:${JSON.stringify(random.chance(0.5) ? first : null)}`;
    const isThere = Object.hasOwn(Object(value), name);
    const twice = isThere ? text.replace('{', `{${again},`) : `{${again},${again}}`;
    return { text: twice, flaw: 'a field occurs twice' };
  },
  'a prototype': (value) => ({
    text: JSON.stringify(value).replace(/^\{/, '{"__proto__":{"isAdmin":true},').replace(',}', '}'),
    flaw: 'it has a __proto__',
  }),
  cut: (value, random) => {
    const text = JSON.stringify(value);
    return { text: text.slice(0, random.below(text.length)) };
  },
  'a character more': (value, random) => {
    const text = JSON.stringify(value);
    const at = random.below(text.length + 1);
    return {
      text:
        text.slice(0, at) + pick([',', '}', '"', '\\', '\u0000', ' ', '/*x*/', "'"], random) + text.slice(at),
    };
  },
  'a character less': (value, random) => {
    const text = JSON.stringify(value);
    const at = random.below(text.length);
    return { text: text.slice(0, at) + text.slice(at + 1) };
  },
  'space around': (value, random) => ({
    text: pick([' ', '\r\n', '\ufeff', '\u00a0', '\u2028'], random) + JSON.stringify(value),
  }),
  large: (value, random) => ({
    text: `${' '.repeat(pick([65_000, 65_537, 300_000], random))}${JSON.stringify(value)}`,
  }),
  'no object': (_, random) => written(pick(AWKWARD_VALUES, random)),
};

function written(value: unknown): SpoiltJson {
  return { text: JSON.stringify(value) ?? '' };
}

/** A copy with one value, or the whole, replaced. */
function replaced(value: unknown, random: SeededRandom, make: (old: unknown) => unknown): unknown {
  const copy = structuredClone(value);
  const places = placesIn(copy);
  if (places.length === 0) return make(copy);
  const { object, name } = pick(places, random);
  define(object, name, make(Reflect.get(object, name)));
  return copy;
}

/** A copy with one field edited. */
function edited(value: unknown, random: SeededRandom, edit: (object: object, name: string) => void): unknown {
  const copy = structuredClone(value);
  const places = placesIn(copy).filter(({ object }) => !Array.isArray(object));
  const { object, name } = places.length > 0 ? pick(places, random) : { object: Object(copy), name: '' };
  edit(object, name);
  return copy;
}

/** Also a field named `__proto__`, which an assignment would interpret differently. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function placesIn(value: unknown): { object: object; name: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [{ object: value, name }, ...placesIn(inner)]);
}
