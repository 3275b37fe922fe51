import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../../functions/http/requests/fields.ts';
import { problemCodes } from '../../../functions/openapi/operation-doc.ts';
import { OPERATIONS } from '../../../functions/openapi/operations.ts';
import { GATEWAY_ERRORS } from '../../../infra/local/gateway/gateway-response.ts';
import { STRIPE_API_VERSION } from '../../../shared/adapters/stripe/stripe-client.ts';
import { type OperationName, ROUTES, type Route } from '../../../shared/contract.ts';
import { setEnvironment } from '../../support/api.ts';
import { unportablePart } from '../../support/portable-pattern.ts';
import { StrictDocument } from '../../support/strict-document.ts';

setEnvironment('never-asked', 'http://127.0.0.1:9');

interface Schema {
  readonly $ref?: string;
  readonly type?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}
interface Parameter extends Schema {
  readonly name: string;
  readonly in: string;
  readonly schema: Schema;
}
interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema; readonly examples?: object }>>;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

let document: {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};
beforeAll(async () => {
  const { openApiDocument } = await import('../../../functions/openapi/document.ts');
  document = JSON.parse(JSON.stringify(openApiDocument()));
});

const routes = Object.entries(ROUTES) as [OperationName, Route][]; // keys of ROUTES

function operationOf({ path, method }: Route): Operation {
  const operation = document.paths[path]?.[method.toLowerCase()];
  if (!operation) throw new Error(`the document has no ${method} ${path}`);
  return operation;
}

function resolve(schema: Schema | undefined): Schema {
  if (!schema?.$ref) return schema ?? {};
  return resolve(document.components.schemas[schema.$ref.split('/').at(-1) ?? '']);
}

/** Every schema in the document, at any depth; examples are no schemas. */
function* schemasIn(value: unknown): Generator<Schema> {
  if (typeof value !== 'object' || value === null) return;
  yield value as Schema; // its fields are checked one by one
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'examples' && key !== 'example') yield* schemasIn(inner);
  }
}

interface Field {
  readonly where: string;
  readonly name: string;
  readonly description: string | undefined;
}

function allFields(): Field[] {
  const inBodies = [...schemasIn({ paths: document.paths, schemas: document.components.schemas })].flatMap(
    ({ properties }) => Object.entries(properties ?? {}),
  );
  const fields = inBodies.map(([name, { description }]) => ({ where: 'a body', name, description }));
  const parameters = routes.flatMap(([route, one]) =>
    (operationOf(one).parameters ?? []).map(({ name, schema, description }) => ({
      where: route,
      name,
      description: description ?? schema.description,
    })),
  );
  return [...fields, ...parameters];
}

describe('descriptions', () => {
  test('exist for every field and parameter', () => {
    const fields = allFields();
    expect(fields.length).toBeGreaterThan(500);
    expect(fields.filter(({ description }) => !description)).toEqual([]);
  });

  test('belong to one field name only', () => {
    const names = Map.groupBy(allFields(), ({ description }) => description);
    const shared = [...names]
      .map(([description, fields]) => ({ description, names: [...new Set(fields.map(({ name }) => name))] }))
      .filter((one) => one.names.length > 1);
    expect(shared).toEqual([]);
  });
});

describe('types', () => {
  test('every integer above 32 bits is int64, every other one int32', () => {
    const integers = [...schemasIn(document)].filter(({ type }) => [type].flat().includes('integer'));
    const free = integers.filter((schema) => schema.const === undefined);
    expect(free.length).toBeGreaterThan(50);
    for (const schema of free) {
      const isSmall = (schema.maximum ?? Infinity) < 2 ** 31 && (schema.minimum ?? -Infinity) >= -(2 ** 31);
      expect(schema.format, JSON.stringify(schema)).toBe(isSmall ? 'int32' : 'int64');
    }
  });

  test('every `code` of an answer is a closed union', () => {
    for (const [name, route] of routes) {
      for (const [status, { content = {} }] of Object.entries(operationOf(route).responses)) {
        for (const { schema } of Object.values(content)) {
          const { properties = {}, oneOf } = resolve(schema);
          const codes = [properties, ...(oneOf ?? []).map((one) => resolve(one).properties ?? {})];
          for (const { code } of codes) {
            if (code) expect(code.enum?.length, `${name} ${status}`).toBeGreaterThan(0);
          }
        }
      }
    }
  });

  test.each(routes)('the problems of %s are typed one by one, by their code', (name, route) => {
    const statuses = Object.entries(operationOf(route).responses).filter(([status]) => status >= '400');
    const typed = statuses.flatMap(([, { content = {} }]) => {
      const schema = resolve(content['application/problem+json']?.schema);
      return (schema.oneOf ?? [schema])
        .map(resolve)
        .flatMap(({ properties }) => properties?.code?.enum ?? []);
    });
    expect(typed.sort()).toEqual([...problemCodes(OPERATIONS[name], route)].sort());
  });

  test('the code of a reservation’s 429 identifies it, with the balance', () => {
    const { responses } = operationOf(ROUTES.createReservation);
    const { oneOf = [] } = responses['429']?.content?.['application/problem+json']?.schema ?? {};
    const kinds = oneOf.map(resolve);
    expect(kinds.map(({ properties }) => properties?.code?.enum)).toEqual([
      ['exceeded'],
      ['too_many_reservations'],
      ['rate_limited'],
    ]);
    for (const { required } of kinds.slice(0, 2))
      expect(required).toEqual(expect.arrayContaining(['allowed', 'balance']));
  });
});

describe("the gateway's own answers", () => {
  test.each(routes)('are part of %s', (name, route) => {
    const { responses } = operationOf(route);
    const hasBody = route.method === 'POST' || route.method === 'PUT';
    const expected = [...(route.scope === null ? [] : [401]), 404, ...(hasBody ? [413] : []), 429, 500, 503];
    const own = Object.entries(responses).filter(
      ([status, { content }]) => status >= '400' && content?.['application/json'],
    );
    expect(
      own.map(([status]) => Number(status)),
      name,
    ).toEqual(expected);
  });

  test('are those of the local gateway too', () => {
    const strict = new StrictDocument(JSON.parse(JSON.stringify(document)));
    const { method, path } = ROUTES.consumeQuota;
    const { unauthorized, notFound, tooLarge, internal, unavailable } = GATEWAY_ERRORS;
    for (const { statusCode, headers, body } of [unauthorized, notFound, tooLarge, internal, unavailable]) {
      const answer = { status: statusCode, headers, body: JSON.parse(body.toString()) };
      expect(strict.answerMisfit(method, path, answer)).toBeUndefined();
      const examples = operationOf(ROUTES.consumeQuota).responses[statusCode]?.content?.['application/json'];
      expect(examples?.examples).toEqual({ gateway: { value: answer.body } });
    }
  });
});

test("Stripe's webhook has a body and a signature in the document, of the API version in use", () => {
  const { requestBody, parameters = [] } = operationOf(ROUTES.receiveStripeEvent);
  expect(parameters.map(({ in: place, name }) => `${place} ${name}`)).toEqual(['header Stripe-Signature']);
  const { schema, examples } = requestBody?.content?.['application/json'] ?? {};
  expect(schema).toEqual({ $ref: '#/components/schemas/StripeEvent' });
  expect(examples).toMatchObject({ example: { value: { api_version: STRIPE_API_VERSION } } });
});

describe('patterns', () => {
  test('are valid in Python’s dialect too', () => {
    const patterns = [...schemasIn(document)].flatMap(({ pattern }) =>
      typeof pattern === 'string' ? [pattern] : [],
    );
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) expect(unportablePart(pattern), pattern).toBeUndefined();
  });

  test.each([
    String.raw`^\P{C}{1,80}$`,
    String.raw`^\p{L}+$`,
    String.raw`^[\p{L}]+$`,
    String.raw`\u{1f600}`,
    String.raw`(?<year>\d{4})`,
    '(?<!a+)b',
    '(?=a)',
    'a{1,2}+',
    String.raw`\cA`,
    '[a&&b]',
    '[]',
  ])('%s is detected', (pattern) => {
    expect(unportablePart(pattern)).toBeDefined();
  });

  test('of printable text match every accepted text', () => {
    const documented = [...schemasIn(document)].find(({ pattern }) => pattern?.startsWith('^[^'));
    const pattern = new RegExp(documented?.pattern?.replace(/\{1,\d+\}/, '{1,20}') ?? '', 'u');
    const schema = printable(20);
    const character = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 8 }), (text) => {
        if (schema.safeParse(text).success) expect(pattern.test(text)).toBe(true);
      }),
    );
    // And the reverse for all characters that such a pattern can contain.
    for (const bad of ['\u0000', '\n', '\u007f', '\u00ad', '\u200b', '\u202e', '\u2066', '\ue000', '\ufeff'])
      expect([schema.safeParse(bad).success, pattern.test(bad)], JSON.stringify(bad)).toEqual([false, false]);
  });
});
