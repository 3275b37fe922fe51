import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** The part of JSON Schema that the document uses. */
type Json = unknown;

interface Response {
  readonly content?: Readonly<Record<string, { readonly schema?: object }>>;
  readonly headers?: object;
}

interface Operation {
  readonly requestBody?: Response;
  readonly responses: Readonly<Record<string, Response>>;
}

export interface AnyDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
}

/** An answer as a client gets it. */
export interface SentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** Headers of every answer. */
const COMMON_HEADERS: readonly string[] = ['content-type', 'content-encoding', 'cache-control', 'vary'];

/**
 * The document without additional members: in it, an undocumented field does not fit. Only maps stay open,
 * whose members have a schema of their own or no names at all.
 */
export function strictCopy<T>(document: T): T {
  return closed(document) as T; // the same document, with false for {} in some places
}

function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    key === 'examples' || key === 'example' ? inner : closed(inner),
  ]);
  const copy: Record<string, unknown> = Object.fromEntries(entries);
  const isOpen = copy.type === 'object' && isEmptyObject(copy.additionalProperties);
  if (isOpen && 'properties' in copy) copy.additionalProperties = false;
  return copy;
}

function isEmptyObject(value: unknown): boolean {
  return (
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

/** Validates against the strict copy of a document. */
export class StrictDocument {
  readonly #document: AnyDocument;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #compiled = new Map<object, ValidateFunction>();

  constructor(document: AnyDocument) {
    this.#document = strictCopy(document);
    this.#ajv.addSchema({ ...this.#document }, 'document');
  }

  /** The same operation of the strict copy. */
  operation(method: string, path: string): Operation {
    const operation = this.#document.paths[path]?.[method.toLowerCase()];
    if (!operation) throw new Error(`the document has no ${method} ${path}`);
    return operation;
  }

  /** The reason why a value does not fit a schema of the strict copy; `undefined`: it fits. */
  misfit(schema: object, value: unknown): string | undefined {
    const validate = this.#compiled.get(schema) ?? this.#compile(schema);
    this.#compiled.set(schema, validate);
    if (validate(value)) return undefined;
    return (validate.errors ?? [])
      .map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
      .join('; ');
  }

  /** The difference of an answer from the documentation of its route; `undefined`: none. */
  answerMisfit(method: string, path: string, { status, headers, body }: SentAnswer): string | undefined {
    const response = this.operation(method, path).responses[String(status)];
    if (!response) return `status ${status} is not documented`;
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    const documented = Object.keys(response.headers ?? {}).map((name) => name.toLowerCase());
    const unknown = names.filter((name) => !COMMON_HEADERS.includes(name) && !documented.includes(name));
    if (unknown.length > 0) return `undocumented headers: ${unknown.join(', ')}`;
    const [type = ''] = (headers['content-type'] ?? headers['Content-Type'] ?? '').split(';');
    if (!response.content || body === undefined) {
      return body === undefined && !response.content ? undefined : `a body of type ${type} for ${status}`;
    }
    const media = response.content[type];
    if (!media) return `${type} is not documented for ${status}`;
    if (!media.schema || !type.endsWith('json')) return undefined;
    return this.misfit(media.schema, body);
  }

  #compile(schema: object): ValidateFunction {
    return this.#ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
  }
}
