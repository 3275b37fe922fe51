import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type OperationName, ROUTES, type Route } from '../../../shared/contract.ts';
import { strictCopy } from '../../support/strict-document.ts';

/** The part of JSON Schema that the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly examples?: readonly unknown[];
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly schema: Schema;
  readonly required?: boolean;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A route as documented: the schemas to make requests from, and validators independent of the code. */
export interface FuzzRoute {
  readonly name: OperationName;
  readonly route: Route;
  readonly path: Schema | undefined;
  readonly query: Schema | undefined;
  readonly body: Schema | undefined;
  readonly takesKey: boolean;
  readonly isValid: Readonly<Record<'path' | 'query' | 'body', ValidateFunction | undefined>>;
  /** By status: media type → validator; `undefined` where the answer has no body. */
  readonly answers: ReadonlyMap<number, ReadonlyMap<string, ValidateFunction | undefined>>;
}

export interface FuzzRoutes {
  readonly all: readonly FuzzRoute[];
  /** A schema without its `$ref`. */
  resolve(schema: Schema): Schema;
}

/**
 * Every route of the contract, read from the OpenAPI document that the service returns; no answer may have an
 * undocumented field.
 */
export function routesOf(answered: OpenApiDocument): FuzzRoutes {
  const document = strictCopy(answered);
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...document }, 'document');
  const compile = (schema: Schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
  const optional = (schema: Schema | undefined) => schema && compile(schema);
  const all = Object.entries<Route>(ROUTES).map(([name, route]): FuzzRoute => {
    const operation = document.paths[route.path]?.[route.method.toLowerCase()];
    if (!operation) throw new Error(`the document has no ${route.method} ${route.path}`);
    const path = parametersIn(operation, 'path');
    const query = parametersIn(operation, 'query');
    // A body of which the function reads only the bytes (Stripe's) cannot be unsupported.
    const body = '415' in operation.responses ? jsonSchemaOf(operation.requestBody) : undefined;
    const answers = Object.entries(operation.responses).map(([status, { content = {} }]) => {
      const media = Object.entries(content).map(([type, { schema }]) => [type, optional(schema)] as const);
      return [Number(status), new Map(media)] as const;
    });
    return {
      name: name as OperationName, // a key of ROUTES
      route,
      path,
      query,
      body,
      takesKey: (operation.parameters ?? []).some(({ name }) => name === 'Idempotency-Key'),
      isValid: { path: optional(path), query: optional(query), body: optional(body) },
      answers: new Map(answers),
    };
  });
  const resolve = (schema: Schema): Schema =>
    schema.$ref ? (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}) : schema;
  return { all, resolve };
}

function jsonSchemaOf(content: Content | undefined): Schema | undefined {
  return content?.content?.['application/json']?.schema;
}

/** Parameters of one kind as one schema, without additional ones. */
function parametersIn({ parameters = [] }: Operation, kind: Parameter['in']): Schema | undefined {
  const those = parameters.filter((parameter) => parameter.in === kind);
  if (those.length === 0) return undefined;
  return {
    type: 'object',
    properties: Object.fromEntries(those.map(({ name, schema }) => [name, schema])),
    required: those.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}
