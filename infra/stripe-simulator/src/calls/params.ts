import { invalidRequest, missingParam, unknownParam } from './errors.ts';
import type { FormObject, FormValue } from './form-body.ts';

/** Stripe's limits on one metadata entry, in characters. */
const METADATA_LIMITS = { key: 40, value: 500 } as const;
const MAX_TEXT_LENGTH = 5_000;

/** Metadata as sent: an empty value removes its key; `'clear'` removes all. */
export type MetadataChange = Readonly<Record<string, string>> | 'clear';

/**
 * The parameters of a call, read by name and type. `done` rejects parameters that the handler did not read as
 * unknown, even if Stripe knows them: ignoring them silently would be worse.
 */
export class Params {
  readonly #values: FormObject;
  readonly #path: string;
  readonly #unread: Set<string>;
  readonly #below: Params[] = [];

  constructor(values: FormObject, path = '') {
    this.#values = values;
    this.#path = path;
    this.#unread = new Set(Object.keys(values));
  }

  /** Returns Stripe's name of a parameter in an error: `items[0][price]`. */
  nameOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}[${name}]`;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  isText(name: string): boolean {
    return typeof this.#values[name] === 'string';
  }

  /** @throws ApiError for unread parameters */
  done(): void {
    const [unread] = this.#unread;
    if (unread !== undefined) throw unknownParam(this.nameOf(unread));
    for (const below of this.#below) below.done();
  }

  /** @throws the error of `refuse` if there are unread parameters */
  doneOr(refuse: () => Error): void {
    if (this.#unread.size > 0) throw refuse();
  }

  /** Reads a text, not empty, of at most `longest` characters. */
  text(name: string, longest = MAX_TEXT_LENGTH): string | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    const param = this.nameOf(name);
    if (typeof value !== 'string') throw invalidRequest('Invalid string', { param });
    if (value === '') throw this.#empty(name);
    if (value.length > longest) {
      const shown = `${value.slice(0, 20)}...`;
      throw invalidRequest(`Invalid string: ${shown}; must be at most ${longest} characters`, { param });
    }
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw missingParam(this.nameOf(name));
    return value;
  }

  /** Reads a text; null if it is empty, which unsets the field. */
  clearableText(name: string): string | null | undefined {
    if (this.#values[name] !== '') return this.text(name);
    this.#take(name);
    return null;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,15}$/.test(value)) {
      throw invalidRequest(`Invalid integer: ${value}`, {
        param: this.nameOf(name),
        code: 'parameter_invalid_integer',
      });
    }
    return Number(value);
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') {
      throw invalidRequest(`Invalid boolean: ${value}`, { param: this.nameOf(name) });
    }
    return value === 'true';
  }

  oneOf<const Value extends string>(name: string, allowed: readonly Value[]): Value | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) {
      throw invalidRequest(`Invalid ${this.nameOf(name)}: must be ${alternatives(allowed)}`, {
        param: this.nameOf(name),
      });
    }
    return found;
  }

  /** Reads an http or https URL. */
  url(name: string): string | undefined {
    const value = this.text(name);
    if (value === undefined || /^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value;
    throw invalidRequest('Not a valid URL', { param: this.nameOf(name), code: 'url_invalid' });
  }

  object(name: string): Params | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (typeof value === 'string' || Array.isArray(value)) {
      throw invalidRequest('Invalid object', { param: this.nameOf(name) });
    }
    return this.#descend(value, this.nameOf(name));
  }

  /** Reads an object; null if it is an empty text, which unsets the field. */
  clearableObject(name: string): Params | null | undefined {
    if (this.#values[name] !== '') return this.object(name);
    this.#take(name);
    return null;
  }

  objects(name: string): Params[] | undefined {
    return this.#list(name)?.map((item, index) => {
      if (typeof item === 'string' || Array.isArray(item)) {
        throw invalidRequest('Invalid object', { param: `${this.nameOf(name)}[${index}]` });
      }
      return this.#descend(item, `${this.nameOf(name)}[${index}]`);
    });
  }

  texts(name: string): string[] | undefined {
    return this.#list(name)?.map((item, index) => {
      if (typeof item === 'string') return item;
      throw invalidRequest('Invalid string', { param: `${this.nameOf(name)}[${index}]` });
    });
  }

  metadata(name = 'metadata'): MetadataChange | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (value === '') return 'clear';
    // Keys that are only digits parse as a list.
    const entries = Object.entries(typeof value === 'string' ? {} : value);
    const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    if (typeof value === 'string' || texts.length < entries.length) {
      throw invalidRequest('Invalid object', { param: this.nameOf(name) });
    }
    for (const [key, text] of texts)
      this.#checkMetadata(`${this.nameOf(name)}[${key}]`, { key, value: text });
    return Object.fromEntries(texts);
  }

  #checkMetadata(param: string, entry: { readonly key: string; readonly value: string }): void {
    for (const part of ['key', 'value'] as const) {
      const [text, limit] = [entry[part], METADATA_LIMITS[part]];
      if (text.length <= limit) continue;
      const message = `Metadata ${part}s can have up to ${limit} characters, but you passed in a ${part} that is ${text.length} characters. Invalid ${part}: ${text}`;
      throw invalidRequest(message, { param });
    }
  }

  /** Accepts parameters without effect. */
  ignore(...names: string[]): void {
    for (const name of names) this.#unread.delete(name);
  }

  #take(name: string): FormValue | undefined {
    this.#unread.delete(name);
    return this.#values[name];
  }

  #list(name: string): FormValue[] | undefined {
    const value = this.#take(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw invalidRequest('Invalid array', { param: this.nameOf(name) });
    return value;
  }

  #descend(values: FormObject, path: string): Params {
    const below = new Params(values, path);
    this.#below.push(below);
    return below;
  }

  #empty(name: string): Error {
    const param = this.nameOf(name);
    return invalidRequest(
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset. You should remove '${param}' from your request or supply a non-empty value.`,
      { param, code: 'parameter_invalid_empty' },
    );
  }
}

function alternatives(values: readonly string[]): string {
  if (values.length < 3) return values.length === 1 ? `${values[0]}` : `one of ${values.join(' or ')}`;
  return `one of ${values.slice(0, -1).join(', ')}, or ${values.at(-1)}`;
}
