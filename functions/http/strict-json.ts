/** An error in a JSON text that `JSON.parse` accepts silently. */
export interface JsonError {
  readonly path: readonly (string | number)[];
  readonly code: 'duplicate_field' | 'unknown_field';
  readonly message: string;
}

export type JsonReading =
  | { readonly code: 'read'; readonly value: unknown; readonly errors: readonly JsonError[] }
  /** `position` counts UTF-16 code units from 0. */
  | { readonly code: 'broken'; readonly position: number; readonly expected: string };

/** Deeper than any request of the API; it bounds the recursion. */
const MAX_DEPTH = 16;

const SPACE = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside a string.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);
const WORD = /true|false|null/y;

/**
 * Parses JSON (RFC 8259) like `JSON.parse`, and also reports what that hides: the exact position of a syntax
 * error, duplicate fields (the last one would win), and `__proto__` (which other code might treat as more
 * than a name).
 */
export function readJson(text: string): JsonReading {
  const reader = new Reader(text);
  try {
    const value = reader.document();
    return { code: 'read', value, errors: reader.errors };
  } catch (error) {
    if (error instanceof Broken)
      return { code: 'broken', position: error.position, expected: error.expected };
    throw error;
  }
}

class Broken extends Error {
  readonly position: number;
  readonly expected: string;

  constructor(position: number, expected: string) {
    super(`${expected} expected at ${position}`);
    this.position = position;
    this.expected = expected;
  }
}

class Reader {
  readonly errors: JsonError[] = [];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value();
    this.#space();
    if (this.#position < this.#text.length) throw new Broken(this.#position, 'the end of the text');
    return value;
  }

  #value(): unknown {
    this.#space();
    const first = this.#text[this.#position];
    if (first === '{') return this.#nested(() => this.#object());
    if (first === '[') return this.#nested(() => this.#array());
    if (first === '"') return this.#string();
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const word = this.#match(WORD);
    if (word !== undefined) return WORDS.get(word);
    throw new Broken(this.#position, 'a value');
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#position += 1;
    if (this.#take('}')) return object;
    do {
      this.#space();
      const key = this.#string();
      this.#expect(':', '":"');
      this.#path.push(key);
      const value = this.#value();
      if (key === '__proto__') this.#report('unknown_field', 'is not an allowed field name');
      else if (Object.hasOwn(object, key)) this.#report('duplicate_field', 'must occur once');
      else object[key] = value;
      this.#path.pop();
    } while (this.#take(','));
    this.#expect('}', '"," or "}"');
    return object;
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#position += 1;
    if (this.#take(']')) return array;
    do {
      this.#path.push(array.length);
      array.push(this.#value());
      this.#path.pop();
    } while (this.#take(','));
    this.#expect(']', '"," or "]"');
    return array;
  }

  #nested<T>(read: () => T): T {
    if (this.#path.length >= MAX_DEPTH) {
      throw new Broken(this.#position, `a value nested at most ${MAX_DEPTH} levels deep`);
    }
    return read();
  }

  #string(): string {
    const literal = this.#match(STRING);
    if (literal === undefined) throw new Broken(this.#position, 'a string in double quotes');
    return JSON.parse(literal);
  }

  #take(character: string): boolean {
    this.#space();
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  #expect(character: string, name: string): void {
    if (!this.#take(character)) throw new Broken(this.#position, name);
  }

  #space(): void {
    this.#match(SPACE);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const [found] = pattern.exec(this.#text) ?? [];
    if (found !== undefined) this.#position += found.length;
    return found;
  }

  #report(code: JsonError['code'], message: string): void {
    this.errors.push({ path: [...this.#path], code, message });
  }
}
